"""What an attacker finds: cases of two desks and two organisations, and everybody who could ask.

Whatever there is, is there three times: `own` (eeast's guardian), `desk` (another desk of eeast)
and `other` (another organisation). So each call can be tried with what belongs to somebody else.
"""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from api import setup
from api.config import vault_place
from shared.schemas.integrations import SCOPES
from shared.sealing.encoding import b64
from tests.api.returning import count
from tests.evidence.samples import picture
from tests.service import Service

MARK = "walker-lantern-sealed"
"""Stands in all that is somebody's: who is refused must never see it."""

Things = dict[str, str]


@dataclass
class World:
    """`things[where]`: ids as addresses name them. `bearers[actor]`: None for who has none."""

    service: Service
    things: dict[str, Things] = field(default_factory=dict)
    bearers: dict[str, str | None] = field(default_factory=dict)
    word: str = MARK

    def __post_init__(self) -> None:
        _people(self.service)
        for where, slug, reader, administrator, desk in (
            ("own", "eeast", "handler-1", "administrator-1", "guardian"),
            ("desk", "eeast", "handler-3", "administrator-1", "senior-manager"),
            ("other", "elsewhere", "handler-5", "administrator-2", "guardian"),
        ):
            self.things[where] = self._things(slug, reader, administrator, desk)
            self.bearers[f"reporter of {where}"] = self.service.reporter(
                self.things[where]["token"]
            )
        for actor, name in ACCOUNTS.items():
            self.bearers[actor] = self.service.handler(name)
        for where in ("own", "other"):
            self.bearers[f"key of {where}"] = self.things[where]["bearer_of_key"]
        self.bearers |= {"nobody": None, "a made-up bearer": f"wa_{b64(os.urandom(32))}"}
        for kind, of in (("wa_", "handler"), ("wr_", "reporter of own")):
            ended = self.service.handler() if kind == "wa_" else None
            ended = ended or self.service.reporter(self.things["own"]["token"])
            self.service.call("DELETE", "/session", bearer=ended)
            self.bearers[f"{of}, signed out"] = ended

        # A key's first call of a day is noted, and an account's first tidies up.
        for bearer in self.bearers.values():
            self.service.get(f"/statistics?organisation={self.things['own']['slug']}", bearer)

    def good(self, method: str, path: str, body: Any, bearer: str) -> Any:
        """The answer to a call that has to succeed."""
        answer = self.service.call(method, path, body, bearer)
        assert answer.status_code < 300, (method, path, answer.text)
        return answer.get_json()

    def story(self) -> dict[str, str]:
        """A report that has the word in each of its texts."""
        texts = ("when", "place", "people", "who_knows", "told_before", "wanted")
        return {"story": f"An invented story. {self.word}"} | dict.fromkeys(texts, self.word)

    def _things(self, slug: str, reader: str, administrator: str, desk: str) -> Things:
        service, who = self.service, service_bearer(self.service, reader)
        admin = service_bearer(service, administrator)
        here = slug == "eeast"
        account = str(service.handlers["handler-2" if here else "handler-6"].id)
        let_in = "handler-4" if here else "handler-6"
        excluded = [account] if desk == "guardian" and here else []
        word = self.word
        story = self.story()
        reference, token = service.open_case(slug, desk=desk, excluded=excluded, content=story)
        other, _ = service.open_case(slug, desk=desk, content=story)
        reporter, case = service.reporter(token), f"/cases/{reference}"
        piece, private = (
            attach(service, reporter, word),
            attach(service, who, word, f"{case}/attachments"),
        )
        text = {"text": f"See this. {word}", "attachments": [piece]}
        said = {"id": str(uuid4()), "content": text}
        self.good("POST", "/case/messages", said, reporter)
        note = {"id": str(uuid4()), "content": {"text": word, "attachments": [private]}}
        self.good("POST", f"{case}/messages", note, who)
        self.good("POST", f"{case}/links", {"reference": other}, who)
        self.good("PUT", f"{case}/draft", {"content": {"text": word}}, who)
        asked = consent(service, let_in, word=word)
        self.good("POST", f"{case}/consents", asked, who)
        key = self.good("POST", "/api-keys", api_key(slug, word), admin)
        hook = self.good("POST", "/webhooks", webhook(slug, word), admin)
        invited = {"organisation": slug, "role": "handler", "display_name": word, "desks": [desk]}
        invitation = self.good("POST", "/invitations", invited, admin)
        count(service, {("left", desk): 12}, slug=slug)
        session_id = self.good("GET", "/sessions", None, who)["items"][0]["id"]
        return {
            "slug": slug, "reference": reference, "token": token, "other": other, "desk": desk,
            "attachment": piece, "message": said["id"], "request": asked["id"],
            "consent": asked["id"],
            "account": account,
            "handler": str(service.handlers[let_in].id),
            "reader": str(service.handlers[reader].id),
            "key": key["id"], "bearer_of_key": key["key"], "webhook": hook["id"],
            "invitation": invitation["id"], "session_id": session_id, "number": "0",
            "year": "2025", "quarter": "4",
        }  # fmt: skip


ACCOUNTS = {
    "reader": "handler-1",
    "colleague who is excluded": "handler-2",
    "handler of another desk": "handler-3",
    "handler elsewhere": "handler-5",
    "administrator": "administrator-1",
    "administrator elsewhere": "administrator-2",
    "analyst": "analyst-1",
    "analyst elsewhere": "analyst-2",
}


def service_bearer(service: Service, username: str) -> str:
    """A bearer of this person."""
    return service.handler(username)


def _people(service: Service) -> None:
    """An administrator and an analyst elsewhere, who have all rights there and none here."""

    def add(db: Any) -> dict[str, Any]:
        return {
            name: setup.add_handler(db, "elsewhere", (), name, name, role=role)[0]
            for name, role in (("administrator-2", "administrator"), ("analyst-2", "analyst"))
        }

    service.handlers = {**service.handlers, **service.database.write(add)}


def attach(
    service: Service, bearer: str, word: str = MARK, path: str = "/case/attachments"
) -> str:
    """Sends a picture by a readable call; its id."""
    made = str(uuid4())
    answer = service.http.post(
        f"/api/v1{path}",
        data={"id": made, "file": (io.BytesIO(picture("PNG")), f"{word}.png")},
        headers={"Authorization": f"Bearer {bearer}"},
    )
    assert answer.status_code == 201, answer.text
    return made


def consent(service: Service, *names: str, word: str = MARK) -> dict[str, Any]:
    """A readable request for consent."""
    content = {
        "handlers": [str(service.handlers[one].id) for one in names],
        "role": "Adviser", "purpose": word, "until": in_days(60),
    }  # fmt: skip
    return {"id": str(uuid4()), "content": content}


def in_days(days: int) -> str:
    return (date.today() + timedelta(days)).isoformat()


def api_key(slug: str, word: str = MARK) -> dict[str, Any]:
    return {"organisation": slug, "name": word, "scopes": list(SCOPES), "expires_on": in_days(30)}


def webhook(slug: str, word: str = MARK) -> dict[str, Any]:
    return {"organisation": slug, "name": word, "url": "https://cases.example/hook",
            "events": ["case.opened"]}  # fmt: skip


@contextmanager
def kept(service: Service) -> Iterator[Callable[[], None]]:
    """Gives a call that puts the SQLite database and the vault back to what they are now."""
    assert service.database.is_sqlite
    place = Path(service.database_url.removeprefix("sqlite:///"))
    vault, beside = Path(vault_place(service.database.config)), place.parent / "kept-vault"
    with service.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    copy = place.with_suffix(".kept")
    service.database.engine.dispose()
    shutil.copy(place, copy)
    shutil.copytree(vault, beside, dirs_exist_ok=True)

    def put_back() -> None:
        service.database.engine.dispose()
        for end in ("-wal", "-shm"):
            place.with_name(place.name + end).unlink(missing_ok=True)
        shutil.copy(copy, place)
        shutil.rmtree(vault, ignore_errors=True)
        shutil.copytree(beside, vault)

    yield put_back
    copy.unlink()
    shutil.rmtree(beside)
