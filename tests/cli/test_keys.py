"""`wren keys`: the next receipt key is made here, and signed for elsewhere."""

from __future__ import annotations

import re

from api.config import Config
from api.models.base import Database
from api.rules import rosters
from tests.cli.conftest import Deployment
from tests.service import SECRET

FINGERPRINT = re.compile(r"(?:[0-9a-f]{4} ){7}[0-9a-f]{4}")


def test_it_works(deployment: Deployment) -> None:
    before = deployment.wren("keys", "show", "eeast").output
    assert before.endswith("Waits   none\n")
    made = deployment.wren("keys", "rotate", "eeast")
    assert made.exit_code == 0, made.output
    [named] = FINGERPRINT.findall(made.output)
    waiting = deployment.wren("keys", "show", "eeast").output
    assert waiting == f"{before.splitlines()[0]}\nWaits   {named}\n"

    database, who = Database(Config(deployment.url, SECRET)), deployment.handlers["handler-1"]
    body = {"receipt_key": named}
    database.write(lambda db: rosters.next_record(db, "eeast", who.id, who.keyring, body))
    database.engine.dispose()
    after = deployment.wren("keys", "show", "eeast").output
    assert after == f"Signs   {named}\nWaits   none\n"
    assert "eeast: the receipt key opens with this secret." in deployment.wren("doctor").output


def test_an_unknown_organisation(deployment: Deployment) -> None:
    assert deployment.refused("keys", "show", "nowhere") == "There is no organisation nowhere."
    assert deployment.refused("keys", "rotate", "nowhere")


def test_one_without_a_roster(deployment: Deployment) -> None:
    deployment.wren("organisation", "add", "north", "The North trust")
    said = deployment.refused("keys", "rotate", "north")
    assert said == "north has no roster yet: its first handler signs the first key."
