"""`wren invite`: the one way in for the first people, and what it prints once."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from api import config
from tests.api.handling import retire
from tests.cli.conftest import Deployment
from tests.journeys.marks import rows
from tests.service import Service

HANDLER = ("invite", "eeast", "--role", "handler", "--desk", "guardian", "--name", "handler-9")


def code(output: str) -> str:
    found = re.search(r"^  code  (wi_[\w-]{43})$", output, re.M)
    assert found, output
    return found[1]


def test_it_works(deployment: Deployment) -> None:
    result = deployment.wren(*HANDLER)
    assert result.exit_code == 0, result.output
    given = code(result.output)
    # In the fragment: browsers send it to no server.
    assert f"  link  https://<host>/console/join#{given}\n" in result.output
    assert "handler-9, handler" in result.output
    [invitation] = rows(deployment.url)["invitations"]
    ends = date.fromisoformat(str(invitation[-1]))
    assert timedelta(6) <= ends - date.today() <= timedelta(8)
    assert str(ends) in result.output
    assert '"invited"' in repr(rows(deployment.url)["audit"]).replace("'", '"')

    service = Service(deployment.url, deployment.handlers)
    body = {"invitation": given, "username": "handler-9"}
    answer = service.post("/join", body)
    assert answer.status_code == 201
    assert answer.get_json()["role"] == "handler"
    assert service.post("/join", body).status_code == 404
    service.close()


def test_the_first_people_of_an_organisation(empty: Deployment) -> None:
    empty.wren("init")
    empty.wren("organisation", "add", "eeast", "The East trust")
    administrator = ("invite", "eeast", "--role", "administrator", "--name", "administrator-1")
    codes = [code(empty.wren(*one).output) for one in (administrator, HANDLER)]
    service = Service(empty.url, {}, secret=config.read_secrets(empty.place / "secret").now)
    for given, username, listed in zip(
        codes, ("administrator-1", "handler-9"), (False, True), strict=True
    ):
        answer = service.post("/join", {"invitation": given, "username": username})
        assert answer.get_json()["listed"] is listed
    service.close()
    result = empty.wren("organisation", "show", "eeast")
    assert "handler-9: guardian" in result.output


def test_the_code_is_kept_nowhere(deployment: Deployment) -> None:
    given = code(deployment.wren(*HANDLER).output).removeprefix("wi_")
    for path in deployment.place.iterdir():
        assert given.encode() not in path.read_bytes(), path.name


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("handler", "--desk", "guardians"), "--desk: There is no such desk. Choose of: guardian"),
        (("handler",), "--desk: Choose at least one desk of: guardian"),
        (("analyst", "--desk", "guardian"), "--desk: This role has no desk"),
    ],
)
def test_a_desk_that_does_not_fit(
    deployment: Deployment, options: tuple[str, ...], sentence: str
) -> None:
    said = deployment.refused("invite", "eeast", "--name", "handler-9", "--role", *options)
    assert said.startswith(sentence)
    assert rows(deployment.url)["invitations"] == []


def test_an_organisation_that_is_not_there(deployment: Deployment) -> None:
    said = deployment.refused("invite", "nowhere", *HANDLER[2:])
    assert said == "There is no organisation nowhere. Add it with: wren organisation add"


@pytest.mark.parametrize("text", ["", "  ", "x" * 101, "a\x07b"])
def test_a_name_that_can_not_be_used(deployment: Deployment, text: str) -> None:
    assert "--name" in deployment.refused(*HANDLER[:-1], text)
    assert rows(deployment.url)["invitations"] == []


def test_a_role_has_to_be_one(deployment: Deployment) -> None:
    result = deployment.wren("invite", "eeast", "--role", "king", "--name", "handler-9")
    assert result.exit_code == 2
    assert "'administrator'" in result.stderr
    result = deployment.wren("invite", "eeast", "--name", "handler-9")
    assert result.exit_code == 2
    assert "Give --role and --name, or --renew." in result.stderr


def renew(deployment: Deployment, *options: str, username: str = "handler-2") -> Any:
    return deployment.wren("invite", "eeast", "--renew", username, *options)


def test_new_keys(deployment: Deployment) -> None:
    result = renew(deployment)
    assert result.exit_code == 0, result.output
    assert "For handler-2, handler;" in result.output
    service = Service(deployment.url, deployment.handlers)
    answer = service.post("/join", {"invitation": code(result.output)})
    assert answer.status_code == 201
    shown = answer.get_json()
    assert (shown["username"], shown["listed"]) == ("handler-2", False)
    service.close()
    # Somebody else can sign, so this is no time to end the roster.
    said = deployment.refused("invite", "eeast", "--renew", "handler-3", "--last-handler")
    assert said == "Somebody else can sign the roster: leave --last-handler out."


def test_new_keys_of_the_last_handler(deployment: Deployment) -> None:
    service = Service(deployment.url, deployment.handlers)
    for name in ("handler-2", "handler-3", "handler-4"):
        retire(service, name)
    said = deployment.refused("invite", "eeast", "--renew", "handler-1")
    assert said.startswith("Nobody else can sign the roster of The eeast trust.")
    assert rows(deployment.url)["invitations"] == []
    result = renew(deployment, "--last-handler", username="handler-1")
    assert service.post("/join", {"invitation": code(result.output)}).status_code == 201
    assert '"last_handler": true' in repr(rows(deployment.url)["audit"]).replace("'", '"').replace(
        "True", "true"
    )
    told = service.post("/organisations/eeast/cases", service.report()[0])
    assert told.get_json()["code"] == "no_reader"
    service.close()
    result = deployment.wren("doctor")
    assert "FAIL  eeast: nobody has keys that can sign the roster" in result.output
    assert "FAIL  eeast: the account of handler-1 has other keys than the roster" in result.output
    assert "FAIL  eeast: the desk guardian has 0 readers." in result.output


@pytest.mark.parametrize("username", ["handler-5", "nobody-here", "analyst-2"])
def test_an_account_that_is_not_there(deployment: Deployment, username: str) -> None:
    said = deployment.refused("invite", "eeast", "--renew", username)
    assert said == "There is no such account in eeast."
    assert rows(deployment.url)["invitations"] == []


@pytest.mark.parametrize(
    "options",
    [
        ("--renew", "handler-2", "--role", "handler"),
        ("--renew", "handler-2", "--name", "handler-2"),
        ("--renew", "handler-2", "--desk", "guardian"),
        ("--last-handler",),
        ("--role", "analyst", "--name", "analyst-2", "--last-handler"),
        (),
    ],
)
def test_options_that_do_not_go_together(deployment: Deployment, options: tuple[str, ...]) -> None:
    result = deployment.wren("invite", "eeast", *options)
    assert result.exit_code == 2
    assert "--renew" in result.stderr
    assert rows(deployment.url)["invitations"] == []


def test_two_desks(deployment: Deployment) -> None:
    result = deployment.wren(*HANDLER, "--desk", "senior-manager")
    assert result.exit_code == 0
    [invitation] = rows(deployment.url)["invitations"]
    assert "senior-manager" in repr(invitation)


def test_there_is_no_second_way(deployment: Deployment) -> None:
    result = deployment.wren("handler", "add")
    assert result.exit_code == 2
    assert "No such command" in result.stderr
