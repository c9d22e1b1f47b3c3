"""What the phone knows of an organisation: kept for the time without a line, and never older."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from mobile.guide import Guide
from mobile.kept import Accepted
from mobile.organisation import CAME, KEY, LEFT, MOVED, Change, Organisation, changes, people
from shared.client import Client
from shared.errors import BadAddress, BrokenChain, NoProxy, NotWren, Unreachable
from shared.schemas import organisations as schemas
from shared.sealing.encoding import b64
from shared.sealing.keyring import Keyring
from shared.sealing.roster import (
    Entry,
    Pin,
    Roster,
    check,
    first,
    following,
    sign,
)
from tests.mobile import samples

ADDRESS = "https://wren.example/o/eeast"
DAY = date(2026, 11, 27)


class People:
    """A roster that grows, by invented people whose keys are here."""

    def __init__(self) -> None:
        self.keys = Keyring.new()
        self.one = entry("handler-1", "guardian", keyring=self.keys)
        record = first("eeast", self.one, [bytes(32)], DAY)
        self.roster = check([sign(record, self.keys)], "eeast")

    def next(self, *entries: Entry) -> Roster:
        """The next record, with these people, signed by the first one."""
        record = following(self.roster, (self.one, *entries), self.one.id, DAY)
        self.roster = check([*self.roster.signed, sign(record, self.keys)], "eeast")
        return self.roster


def entry(name: str, *desks: str, keyring: Keyring | None = None, **more: Any) -> Entry:
    keys = keyring or Keyring.new()
    return Entry(more.get("id") or uuid4(), name, desks, keys.seal_key, keys.sign_key)


class Line:
    """Stands for the service: what it answers is set by the test."""

    def __init__(self, roster: Roster, directory: dict[str, Any]) -> None:
        self.answers: Roster | Exception = roster
        self.directory = directory
        self.asked: list[str] = []
        self.made: list[dict[str, Any]] = []
        self.closed = 0

    def __call__(self, address: str, **more: Any) -> Any:
        self.made.append(more)
        return self

    def close(self) -> None:
        self.closed += 1

    def organisations(self) -> list[dict[str, Any]]:
        return [{"slug": "eeast", "name": "An invented service"}]

    def organisation(self, slug: str) -> dict[str, Any]:
        self.asked.append(slug)
        if isinstance(self.answers, Exception):
            raise self.answers
        return self.directory

    def roster(self, slug: str, pin: Pin | None = None) -> Roster:
        assert isinstance(self.answers, Roster)
        return check(list(self.answers.signed), slug, pin)


@pytest.fixture
def team() -> People:
    return People()


@pytest.fixture
def line(team: People) -> Line:
    contacts = [{**one, "checked_on": DAY} for one in samples.DIRECTORY["contacts"]]
    guidance = [{**one, "checked_on": DAY} for one in samples.DIRECTORY["guidance"]]
    directory = {**samples.DIRECTORY, "contacts": contacts, "guidance": guidance}
    return Line(team.roster, directory)


Make = Callable[..., Organisation]


@pytest.fixture
def make(line: Line, tmp_path: Path) -> Make:
    def make(address: str = ADDRESS, day: date = DAY) -> Organisation:
        return Organisation(address, Guide(tmp_path), line, lambda: day)

    return make


def test_it_works(make: Make, team: People, line: Line) -> None:
    organisation = make()
    assert organisation.directory is None
    assert organisation.connect()["name"] == line.directory["name"]
    assert organisation.readers("guardian") == [(str(team.one.id), "handler-1")]
    assert (organisation.fetched_on, organisation.fresh) == (DAY, True)
    assert organisation.on_trust
    assert organisation.changes == ()


def test_without_a_line_what_was_kept_is_used(make: Make, line: Line) -> None:
    make().connect()
    line.answers = Unreachable()
    later = make(day=DAY + timedelta(days=9))
    with pytest.raises(Unreachable):
        later.connect()
    assert later.directory == line.directory
    assert [name for _, name in later.readers("guardian")] == ["handler-1"]
    assert (later.fetched_on, later.fresh) == (DAY, False)


def test_an_older_roster_is_refused_after_a_restart(make: Make, team: People, line: Line) -> None:
    older = team.roster
    line.answers = team.next(entry("handler-2", "guardian"))
    make().connect()
    line.answers = older
    again = make()
    with pytest.raises(BrokenChain):
        again.connect()
    assert [one.name for one in again.people] == ["handler-1", "handler-2"]
    assert [one.name for one in make().people] == ["handler-1", "handler-2"]  # and not kept


def test_another_chain_is_refused_after_a_restart(make: Make, line: Line) -> None:
    make().connect()
    line.answers = People().roster
    with pytest.raises(BrokenChain):
        make().connect()


def test_a_posters_code_vouches(make: Make, team: People) -> None:
    poster = f"{ADDRESS}#{b64(team.roster.fingerprint)}"
    make(poster).connect()
    assert not make().on_trust  # without the code again, too
    with pytest.raises(BrokenChain):
        make(f"{ADDRESS}#{b64(bytes(16))}").connect()


def test_a_posters_code_against_what_was_taken_on_trust(make: Make) -> None:
    """One of the two is false: nothing is shown of the list that was kept."""
    make().connect()
    against = make(f"{ADDRESS}#{b64(bytes(16))}")
    assert (against.people, against.readers("guardian"), against.directory) == ((), [], None)
    with pytest.raises(BrokenChain):
        against.connect()


def test_a_posters_code_confirms_what_was_taken_on_trust(make: Make, team: People) -> None:
    make().connect()
    make(f"{ADDRESS}#{b64(team.roster.fingerprint)}").connect()
    assert not make().on_trust


def test_an_address_without_a_name_finds_the_only_one(make: Make) -> None:
    organisation = make("https://wren.example")
    organisation.connect()
    assert organisation.address == ADDRESS
    assert make().directory is not None


def test_an_address_without_a_name_where_there_are_several(make: Make, line: Line) -> None:
    line.organisations = lambda: [{"slug": "a"}, {"slug": "b"}]  # type: ignore[method-assign]
    with pytest.raises(BadAddress):
        make("https://wren.example").connect()
    with pytest.raises(BadAddress):
        make("not an address")


def test_a_directory_that_an_older_app_kept_is_fetched_anew(
    make: Make, tmp_path: Path, line: Line
) -> None:
    make().connect()
    guide = Guide(tmp_path)
    kept = guide.organisations[ADDRESS]
    short = {name: kept.directory[name] for name in ("name", "guidance", "contacts")}
    guide.keep(ADDRESS, replace(kept, directory=short))
    again = make()
    assert again.directory is None
    assert again.pin is not None  # an older roster stays refused
    again.connect()
    assert make().directory is not None


# --- who is accepted ------------------------------------------------------------------------


def kinds(organisation: Organisation) -> list[tuple[str, str]]:
    return [(one.kind, one.name) for one in organisation.changes]


def test_a_change_is_asked_about_until_it_is_accepted(
    make: Make, team: People, line: Line
) -> None:
    make().connect()
    line.answers = team.next(entry("handler-2", "guardian", "senior-manager"))
    organisation = make()
    organisation.connect()
    (change,) = organisation.changes
    assert (change.kind, change.name, change.desks) == (
        CAME, "handler-2", ("guardian", "senior-manager"),
    )  # fmt: skip
    assert len(change.fingerprint.split()) == 8
    assert kinds(make()) == [(CAME, "handler-2")]  # after a restart, without a line
    organisation.accept()
    assert organisation.changes == ()
    assert make().changes == ()


def test_somebody_who_left_is_told(make: Make, team: People, line: Line) -> None:
    line.answers = team.next(two := entry("handler-2", "guardian"))
    make().connect()
    line.answers = team.next(replace(two, until=DAY))
    organisation = make()
    organisation.connect()
    assert kinds(organisation) == [(LEFT, "handler-2")]


def test_a_roster_fetched_anew_is_kept_and_asked_about(
    make: Make, team: People, line: Line
) -> None:
    organisation = make()
    organisation.connect()
    line.answers = team.next(entry("handler-2", "guardian"))
    organisation.fetch_roster()
    assert kinds(organisation) == [(CAME, "handler-2")]
    assert kinds(make()) == [(CAME, "handler-2")]


ONE = Accepted("1", "handler-1", ("guardian",), "aaaa")
TWO = Accepted("2", "handler-2", ("guardian",), "bbbb")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ((ONE, TWO), []),
        ((replace(ONE, fingerprint="ffff"), TWO),
         [Change(KEY, "handler-1", ("guardian",), "ffff", "aaaa")]),
        ((ONE, replace(TWO, id="9", fingerprint="ffff")),
         [Change(KEY, "handler-2", ("guardian",), "ffff", "bbbb")]),
        ((ONE, TWO, replace(TWO, id="9", fingerprint="ffff")),
         [Change(KEY, "handler-2", ("guardian",), "ffff", "bbbb")]),
        ((ONE, replace(TWO, desks=("guardian", "board"))),
         [Change(MOVED, "handler-2", ("guardian", "board"), "bbbb")]),
        ((ONE, replace(TWO, name="handler-0")),
         [Change(MOVED, "handler-0", ("guardian",), "bbbb")]),
        ((ONE,), [Change(LEFT, "handler-2", ("guardian",), "bbbb")]),
        ((Accepted("3", "handler-3", ("guardian",), "cccc"), TWO),
         [Change(CAME, "handler-3", ("guardian",), "cccc"),
          Change(LEFT, "handler-1", ("guardian",), "aaaa")]),
    ],
    ids=["nothing", "keys", "another-id", "two-of-a-name", "desk", "name", "left", "came-left"],
)  # fmt: skip
def test_what_counts_as_a_change(now: tuple[Accepted, ...], expected: list[Change]) -> None:
    assert list(changes((ONE, TWO), now)) == expected


def test_who_left_is_not_among_the_people(team: People) -> None:
    team.next(replace(entry("handler-2", "guardian"), until=DAY))
    assert [one.name for one in people(team.roster)] == ["handler-1"]


# --- lines ----------------------------------------------------------------------------------


def test_each_client_is_of_its_own_and_takes_the_proxy(make: Make, line: Line) -> None:
    organisation = make()
    organisation.new_client()
    assert line.made == [{}]
    assert organisation.client is organisation.client
    organisation._guide.proxy = "socks5h://127.0.0.1:9050"
    organisation.client.organisation("eeast")
    assert line.made[-1] == {"proxy": "socks5h://127.0.0.1:9050"}
    assert line.closed == 1  # the line of before was not through it


def test_the_real_client_goes_by_the_real_service(served: dict[str, Any], tmp_path: Path) -> None:
    guide = Guide(tmp_path)
    organisation = Organisation(served["address"], guide)
    organisation.connect()
    kept = guide.organisations[served["address"]]
    assert schemas.Organisation().load(dict(kept.directory)) == organisation.directory
    assert Organisation(served["address"], Guide(tmp_path)).readers("guardian")
    assert isinstance(organisation.client, Client)
    organisation._guide.proxy = "socks5h://127.0.0.1:9"
    with pytest.raises(NoProxy):
        organisation.connect()


def test_an_answer_that_is_not_wren_changes_nothing(make: Make, line: Line) -> None:
    make().connect()
    line.answers = NotWren()
    organisation = make()
    with pytest.raises(NotWren):
        organisation.connect()
    assert organisation.directory is not None
