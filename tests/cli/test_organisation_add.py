"""`wren organisation add`: good and bad input."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Deployment
from tests.journeys.marks import rows


@pytest.fixture
def ready(empty: Deployment) -> Deployment:
    assert empty.wren("init").exit_code == 0
    return empty


def test_it_works(ready: Deployment) -> None:
    result = ready.wren("organisation", "add", "north", "The North trust")
    assert result.exit_code == 0
    assert result.output == "Added north. Next: wren invite north\n"
    [organisation] = rows(ready.url)["organisations"]
    assert organisation[1:3] == ("north", "The North trust")
    assert '"07:00", "13:00", "19:00"' in organisation[4]


@pytest.mark.parametrize(
    ("given", "kept"),
    [("at once", '"at once"'), ("9:00,08:30", None), ("19:00, 08:30,19:00", '["08:30", "19:00"]')],
)
def test_release(ready: Deployment, given: str, kept: str | None) -> None:
    add = ("organisation", "add", "north", "The North trust", "--release", given)
    if kept is None:
        assert "times as 07:00,13:00,19:00" in ready.refused(*add)
    else:
        assert ready.wren(*add).exit_code == 0
        assert rows(ready.url)["organisations"][0][4] == kept


@pytest.mark.parametrize("slug", ["No", "a", "ab", "1abc", "a b c", "a_b", "é-trust", "x" * 51])
def test_a_bad_short_name(ready: Deployment, slug: str) -> None:
    sentence = ready.refused("organisation", "add", slug, "The North trust")
    assert sentence.startswith("The short name: 3 to 50 of a-z")
    assert rows(ready.url)["organisations"] == []


@pytest.mark.parametrize("release", ["", "noon", "25:00", "07:00;13:00", "AT ONCE"])
def test_a_bad_release(ready: Deployment, release: str) -> None:
    sentence = ready.refused("organisation", "add", "north", "North", "--release", release)
    assert "--release" in sentence


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "a\x00b"])
def test_a_bad_name(ready: Deployment, name: str) -> None:
    assert "name" in ready.refused("organisation", "add", "north", name)


def test_a_short_name_that_is_taken(ready: Deployment) -> None:
    assert ready.wren("organisation", "add", "north", "The North trust").exit_code == 0
    sentence = ready.refused("organisation", "add", "north", "Another one")
    assert sentence == "There is an organisation of this short name already."
    assert len(rows(ready.url)["organisations"]) == 1


def test_without_a_database(empty: Deployment) -> None:
    empty.wren("init")
    (empty.place / "wren.db").unlink()
    assert "wren init" in empty.refused("organisation", "add", "north", "The North trust")


def test_what_is_missing_is_named(ready: Deployment) -> None:
    result = ready.wren("organisation", "add", "north")
    assert result.exit_code == 2
    assert "Missing argument 'NAME'" in result.stderr
