"""`wren handler add`: who signs for whom, and what is shown once."""

from __future__ import annotations

import re

import pyotp
import pytest

from shared.sealing.keyring import read_recovery
from tests.cli.conftest import Deployment
from tests.journeys.marks import rows
from tests.service import Service

ADD = ("handler", "add", "--organisation", "eeast", "--desk", "guardian")
NEW = ("--username", "handler-9", "--name", "handler-9")


def shown(output: str, name: str) -> str:
    found = re.search(rf"^  {name} +(.+)$", output, re.M)
    assert found, output
    return found[1]


def roster(deployment: Deployment) -> int:
    """How many records the roster of eeast has."""
    return sum(one[0] == 1 for one in rows(deployment.url)["roster_records"])


def test_the_first_signs_for_itself(empty: Deployment) -> None:
    empty.wren("init")
    empty.wren("organisation", "add", "eeast", "The East trust")
    result = empty.wren(*ADD, *NEW)
    assert result.exit_code == 0
    assert "waits for approval" not in result.output
    assert len(shown(result.output, "password").split()) == 6
    assert len(read_recovery(shown(result.output, "recovery words"))) == 16
    assert len(pyotp.TOTP(shown(result.output, "TOTP secret")).now()) == 6
    assert shown(result.output, "for a QR code").startswith("otpauth://totp/Wren:handler-9?")
    assert roster(empty) == 1


def test_the_next_one_waits(deployment: Deployment) -> None:
    before = roster(deployment)
    result = deployment.wren(*ADD, *NEW)
    assert result.exit_code == 0
    assert "waits for approval and reads nothing until then" in result.output
    assert roster(deployment) == before
    approve = re.search(r'^\{"approve": "([0-9a-f-]{36})"\}$', result.output, re.M)
    assert approve

    service = Service(deployment.url, deployment.handlers)
    answer = service.post(
        "/organisations/eeast/roster", {"approve": approve[1]}, service.handler("handler-1")
    )
    assert answer.status_code == 200
    service.close()
    assert roster(deployment) == before + 1


def test_a_handler_of_the_roster_approves(deployment: Deployment) -> None:
    before = roster(deployment)
    typed = f"{deployment.handlers['handler-2'].password}\n{deployment.code('handler-2')}\n"
    result = deployment.wren(*ADD, *NEW, "--approved-by", "handler-2", typed=typed)
    assert result.exit_code == 0, result.output
    assert "waits for approval" not in result.output
    assert deployment.handlers["handler-2"].password not in result.output
    assert roster(deployment) == before + 1


@pytest.mark.parametrize(
    ("approver", "wrong", "sentence"),
    [
        ("handler-2", "password", "The user name, the password or the code is wrong"),
        ("handler-2", "code", "The user name, the password or the code is wrong"),
        ("handler-99", "", "The user name, the password or the code is wrong"),
        ("handler-5", "", "is not in the roster of eeast"),
    ],
)
def test_an_approver_who_can_not(
    deployment: Deployment, approver: str, wrong: str, sentence: str
) -> None:
    known = approver if approver in deployment.handlers else "handler-2"
    password = "wrong" if wrong == "password" else deployment.handlers[known].password
    code = "000000" if wrong == "code" else deployment.code(known)
    before = rows(deployment.url)["accounts"]
    said = deployment.refused(*ADD, *NEW, "--approved-by", approver, typed=f"{password}\n{code}\n")
    assert sentence in said
    assert len(rows(deployment.url)["accounts"]) == len(before)


def test_a_desk_that_is_not_there(deployment: Deployment) -> None:
    said = deployment.refused(
        "handler", "add", "--organisation", "eeast", "--desk", "guardians", *NEW
    )
    assert said.startswith("There is no such desk.")
    assert "guardian, senior-manager" in said


def test_an_organisation_that_is_not_there(deployment: Deployment) -> None:
    said = deployment.refused(
        "handler", "add", "--organisation", "nowhere", "--desk", "guardian", *NEW
    )
    assert said == "There is no organisation nowhere. Add it with: wren organisation add"


def test_a_user_name_that_is_taken(deployment: Deployment) -> None:
    taken = ("--username", "handler-1", "--name", "handler-1")
    assert deployment.refused(*ADD, *taken) == "This user name is taken."


@pytest.mark.parametrize("text", ["", "  ", "x" * 101, "a\x07b"])
@pytest.mark.parametrize("option", ["--username", "--name"])
def test_a_name_that_can_not_be_used(deployment: Deployment, option: str, text: str) -> None:
    other = "--name" if option == "--username" else "--username"
    before = len(rows(deployment.url)["accounts"])
    assert option in deployment.refused(*ADD, other, "handler-9", option, text)
    assert len(rows(deployment.url)["accounts"]) == before


def test_a_desk_has_to_be_given(deployment: Deployment) -> None:
    result = deployment.wren("handler", "add", "--organisation", "eeast", *NEW)
    assert result.exit_code == 2
    assert "Missing option '--desk'" in result.stderr


def test_two_desks(deployment: Deployment) -> None:
    result = deployment.wren(*ADD, "--desk", "senior-manager", *NEW)
    assert result.exit_code == 0
    memberships = rows(deployment.url)["memberships"]
    newest = {one[0] for one in memberships if [m[0] for m in memberships].count(one[0]) == 2}
    assert len(newest) == 1
