"""`wren secret`: three steps, each of which leaves a file that everything goes on with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from api import deployment_secret
from api.config import Config
from api.models.base import Database
from api.rules import floods, locking, organisations, receipt_keys, rosters, secret_rotation
from shared.sealing.encoding import b64
from tests.cli.conftest import Deployment
from tests.cli.test_doctor import examined
from tests.service import SECRET, Service

OTHER = b64(bytes(32))


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """No process is there that would have to look at the file."""
    monkeypatch.setattr(deployment_secret, "LOOK", 0)


def held(deployment: Deployment) -> deployment_secret.Secrets:
    file = deployment.place / "secret"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in deployment.place.glob(".secret*")] == []
    return deployment_secret.read(file)


def rotate(deployment: Deployment, *options: str) -> str:
    result = deployment.wren("secret", "rotate", *options)
    assert result.exit_code == 0, result.output
    for one in (held(deployment).now, *held(deployment).others, SECRET):
        assert b64(one) not in result.output
    return result.output


def age(deployment: Deployment, days: int) -> None:
    """As if the second step were so many days ago."""
    now = held(deployment)
    assert now.since is not None
    file = deployment.place / "secret"
    text = file.read_text().replace(str(now.since), str(now.since - timedelta(days)))
    file.write_text(text)


def opens(deployment: Deployment) -> bool:
    return "eeast: the receipt key opens with this secret." in examined(deployment)[1]


def test_it_works(deployment: Deployment) -> None:
    assert deployment.wren("secret", "show").output.startswith("One secret is in use.")
    assert rotate(deployment).startswith("Step 1 of 3")
    first = held(deployment)
    assert first.now == SECRET
    assert first.next not in (None, SECRET)
    assert deployment.wren("secret", "show").output.startswith("Step 1 of 3")
    assert opens(deployment)

    assert rotate(deployment).startswith("Step 2 of 3")
    second = held(deployment)
    assert (second.now, second.before) == (first.next, SECRET)
    assert second.since == datetime.now(UTC).date()
    assert deployment.wren("secret", "show").output.startswith("Step 2 of 3")
    assert opens(deployment)

    # Not before pages that were open then are over, and places that were held.
    assert "2 locked anew" not in rotate(deployment)
    assert held(deployment) == second
    for _ in range(floods.DAYS + 1):
        age(deployment, 1)
        assert "places that are held" in rotate(deployment)
        assert held(deployment).before == SECRET
    age(deployment, 1)
    assert "Step 3 of 3" in rotate(deployment)
    last = held(deployment)
    assert (last.now, last.others) == (first.next, ())
    assert deployment.wren("secret", "show").output.startswith("One secret is in use.")
    assert opens(deployment)


def test_all_is_locked_anew_before_the_old_one_goes(deployment: Deployment) -> None:
    rotate(deployment)
    rotate(deployment)
    said = rotate(deployment, "--now")
    # Two receipt keys, and the keys that last.
    assert "3 values are under the secret in use, 3 locked anew." in said
    database = Database(Config(deployment.url, held(deployment).now))
    with database.read() as db:
        organisations.receipt_key(db, organisations.find(db, "eeast"))
    assert secret_rotation.relock(database) == (3, 0, 0)
    database.engine.dispose()


def test_a_step_that_fails_leaves_the_file(deployment: Deployment) -> None:
    """The database is away: nothing is begun."""
    before = held(deployment)
    url = "postgresql://wren@127.0.0.1:9/wren"
    deployment.refused("secret", "rotate", DATABASE_URL=url)
    assert held(deployment) == before


def test_a_process_takes_the_file_up(deployment: Deployment) -> None:
    file = deployment.place / "secret"
    settings = Config(deployment.url, SECRET, secret_file=file)

    def known() -> tuple[bytes, ...]:
        return tuple(locking.keys(settings, "wren/v1/test"))

    before = known()
    assert len(before) == 1
    rotate(deployment)
    added = known()
    assert (added[0], len(added)) == (before[0], 2)
    rotate(deployment)
    assert known() == added[::-1]
    # A file that is half written, or gone, changes nothing.
    file.write_text("next ")
    assert known() == added[::-1]
    file.unlink()
    assert known() == added[::-1]


BAD = {
    "nothing": "",
    "only the next one": f"next {OTHER}\n",
    "two in use": f"{OTHER}\n{OTHER}\n",
    "both others": f"{OTHER}\nnext {OTHER}\nbefore {OTHER} 2026-11-01\n",
    "without its day": f"{OTHER}\nbefore {OTHER}\n",
    "with another day": f"{OTHER}\nbefore {OTHER} yesterday\n",
    "another word": f"{OTHER}\nafter {OTHER}\n",
    "too short": b64(bytes(31)),
    "no base64": "!" * 43,
    "too much in a line": f"{OTHER} {OTHER}",
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_secret(deployment: Deployment, name: str) -> None:
    (deployment.place / "secret").write_text(BAD[name])
    said = deployment.refused("doctor")
    assert said.startswith("WREN_SECRET_FILE: ")
    assert OTHER not in said


def test_a_secret_that_is_lost(deployment: Deployment) -> None:
    """With a new one each organisation goes on once a handler has signed for a new receipt key."""
    (deployment.place / "secret").unlink()
    deployment.wren("init")
    assert held(deployment).now != SECRET
    assert not opens(deployment)
    assert deployment.wren("keys", "rotate", "eeast").exit_code == 0
    service = Service(deployment.url, deployment.handlers, secret=held(deployment).now)
    assert service.post("/organisations/eeast/cases", service.report()[0]).status_code == 503
    who = service.handlers["handler-1"]
    with service.database.read() as db:
        waits = receipt_keys.state(db, "eeast")[1]
    body = {"receipt_key": waits}
    service.database.write(lambda db: rosters.next_record(db, "eeast", who.id, who.keyring, body))
    service.open_case()
    service.close()
    assert opens(deployment)
