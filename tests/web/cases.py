"""What tests of a case's pages share: coming back to it, and what happens on the other side."""

from __future__ import annotations

from uuid import UUID, uuid4

from sqlalchemy import func, select, update

from api.models.account import SignedIn
from api.models.case import Case, CaseKey
from api.models.message import Message
from tests.api.checks import text
from tests.service import Service
from tests.web.hands import Hands

STORY = "An invented story about a group chat."
HOUR, DAY = 3_600, 86_400


def comes_back(hands: Hands, words: str) -> str:
    """Types the words on the page that asks for them; the address of the conversation."""
    hands.go("/return")
    hands.press({"words": words})
    assert hands.path.startswith("/c/"), hands.text
    return hands.path


def says(service: Service, reference: str, words: str, by: str = "handler-1") -> None:
    """A handler writes to the reporter."""
    answer = service.post(f"/cases/{reference}/messages", text(words), service.handler(by))
    assert answer.status_code == 201, answer.text


def writes(service: Service, token: str, words: str) -> str:
    """The reporter writes, by another way; the message's id."""
    body = text(words)
    answer = service.post("/case/messages", body, service.reporter(token))
    assert answer.status_code == 201, answer.text
    return str(body["id"])


def reads(service: Service, reference: str, by: str = "handler-1") -> list[str]:
    """What the reporter wrote, as a handler reads it, without the report."""
    answer = service.get(f"/cases/{reference}/messages", service.handler(by)).get_json()
    return [
        one["content"].get("text", "")
        for one in answer["items"]
        if one["author"] == "reporter" and one["content"]["type"] != "report"
    ]


def rows(service: Service, table: type = Message) -> int:
    """How many rows there are."""
    with service.database.read() as db:
        return db.scalar(select(func.count()).select_from(table)) or 0


def sessions(service: Service) -> int:
    """How many reporters' sessions there are."""
    with service.database.read() as db:
        kind = SignedIn.kind == "reporter"
        return db.scalar(select(func.count()).select_from(SignedIn).where(kind)) or 0


def case_of(service: Service, reference: str) -> Case:
    """The row of a case."""
    with service.database.read() as db:
        return db.scalars(select(Case).where(Case.reference == reference)).one()


def unread(service: Service, token: str) -> int:
    """How many messages the reporter has not read."""
    return int(service.get("/case", service.reporter(token)).get_json()["unread"])


def spoil(service: Service, number: int) -> None:
    """Alters the envelope of the message of this number: it does not check any more."""

    def put(db: object) -> None:
        found = db.scalars(select(Message).where(Message.number == number)).one()  # type: ignore[attr-defined]
        found.envelope = found.envelope[:-1] + bytes([found.envelope[-1] ^ 1])

    service.database.write(put)


def spoil_keys(service: Service, case: UUID) -> None:
    """Alters the keys that are sealed to the reporter: the case does not check any more."""
    zeros = UUID(int=0)
    put = (
        update(CaseKey)
        .where(CaseKey.case_id == case, CaseKey.reader == zeros)
        .values(sealed_key=bytes(80))
    )
    service.database.write(lambda db: db.execute(put))


def new_id() -> str:
    """An id that nothing has."""
    return str(uuid4())
