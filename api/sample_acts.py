"""What the people of the sample do, each act as a step of a unit of work: by the rules alone."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from marshmallow import Schema

from api.models.base import Database, Work
from api.models.case import Case
from api.rules import (
    categories,
    changing,
    classification,
    consents,
    drafts,
    messages,
    notes,
    opening,
    organisations,
    readers,
    stretching,
    uploading,
    withdrawing,
)
from api.rules.accounts import NewHandler
from api.rules.unlocking import by_handler
from shared.schemas import cases as case_schemas
from shared.schemas import messages as message_schemas
from shared.schemas import notes as note_schemas
from shared.schemas.base import load
from shared.sealing import tokens
from shared.sealing.encoding import REPORTER
from shared.sealing.stretch import Root

WORDS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "data" / "sample.json").read_text("utf-8")
)
DAY = timedelta(days=1)

Step = Callable[[Work], Any]


@dataclass
class One:
    """A case of the sample: its words, who handles it, and what the first steps find out."""

    id: UUID
    token: str = field(repr=False)
    root: Root = field(repr=False)
    told: Mapping[str, Any]
    by: NewHandler
    reference: str = ""


class Acts:
    """Steps by the day on which they are taken."""

    def __init__(
        self, database: Database, slug: str, people: Mapping[str, NewHandler], today: date
    ) -> None:
        self.database, self.slug, self.people, self.today = database, slug, people, today
        self.random = Random(7)  # noqa: S311 - the same sample each time, nothing secret
        self.steps: dict[date, list[Step]] = {}
        self.files: dict[date, list[Callable[[], Any]]] = {}
        self.number = 0
        with database.read() as db:
            self.salt = organisations.salt(db)
            found = organisations.find(db, slug)
            own = categories.current_categories(db, found)
        self.local = own["version"]
        self.regions = [one["code"] for one in own["regions"]] or [None]

    def on(self, day: date, step: Step) -> None:
        """A step of this day; none of the days to come."""
        if day <= self.today:
            self.steps.setdefault(day, []).append(step)

    def opened(self, day: date, desk: str = "guardian", **more: Any) -> One:
        """A case of this day. `raised` and `confidentiality` make one that a handler records."""
        told = WORDS["stories"][self.number % len(WORDS["stories"])]
        own = ("handler-1", "handler-2") if desk == "guardian" else ("handler-3", "handler-4")
        by, token = self.people[own[self.number % 2]], tokens.new_token()
        case_id = UUID(int=self.random.getrandbits(128), version=4)
        one = One(case_id, token, stretching.root(token, self.salt), told, by)
        self.number += 1
        content = {name: told[name] for name in ("story", "concerns", "channel")}
        content |= {name: self.random.choice(WORDS[name]) for name in ("wanted", "who_knows")}
        sent: dict[str, Any] = {"case_id": str(case_id), "token": token, "desk": desk}
        recorder: opening.Recorder | None = None
        schema: type[Schema] = case_schemas.OpenCase
        if raised := more.pop("raised", None):
            recorder, schema = opening.Recorder(by.id, by.keyring), case_schemas.RecordCase
            sent["organisation"] = self.slug
            content["raised"] = raised
        body = load(schema(), sent | more | {"content": content})

        def step(db: Work) -> None:
            answer, _ = opening.open_case(db, self.slug, body, one.root, recorder)
            one.reference = answer["reference"]

        self.on(day, step)
        return one

    def _as_handler(self, rule: Any, one: One, schema: type[Schema], **body: Any) -> Step:
        made = load(schema(), {"id": self._id(), **body})
        return lambda db: rule(
            db, by_handler(db, one.by.id, one.reference), one.by.id, one.by.keyring, made
        )

    def _id(self) -> str:
        return str(UUID(int=self.random.getrandbits(128), version=4))

    def change(self, one: One, **wanted: Any) -> Step:
        """The handler changes the case."""
        body = load(case_schemas.ChangeCase(), wanted)
        return lambda db: changing.change(db, one.by.id, one.reference, body, one.by.keyring)

    def reply(self, one: One, text: str) -> Step:
        """The handler writes."""
        return self._as_handler(
            messages.post, one, message_schemas.PostMessage, content={"text": text}
        )

    def write(self, one: One, text: str, attachments: tuple[str, ...] = ()) -> Step:
        """The reporter writes."""
        content: dict[str, Any] = {"text": text, "attachments": list(attachments)}
        sent = {"id": self._id(), "content": content}
        body = load(message_schemas.PostReporterMessage(), sent)
        return lambda db: messages.post(
            db, db.get_one(Case, one.id), REPORTER, one.root.keyring, body
        )

    def classify(self, one: One) -> Step:
        """The handler classifies: the counts move."""
        told = one.told
        content = {
            "national": categories.national()["version"],
            "elements": told["elements"],
            "local": self.local,
            "categories": told["categories"] if self.local else [],
            "region": self.random.choice(self.regions),
            "channel": told["channel"],
            "professional_group": told["group"],
        }
        schema = note_schemas.PutClassification
        return self._as_handler(classification.put, one, schema, content=content)

    def note(self, one: One) -> Step:
        """A private note."""
        content = {"text": WORDS["note"]}
        return self._as_handler(notes.post, one, note_schemas.PostNote, content=content)

    def check(self, one: One, months: int) -> Step:
        """The check for detriment, so many months after closing."""
        return self._as_handler(
            changing.check_detriment, one, note_schemas.PostCheck,
            content={"text": WORDS["check"]}, months=months,
        )  # fmt: skip

    def draft(self, one: One) -> Step:
        """A reply that was not sent yet."""
        body = load(note_schemas.PutDraft(), {"content": {"text": WORDS["draft"]}})
        return lambda db: drafts.put(
            db, by_handler(db, one.by.id, one.reference), one.by.id, one.by.keyring, body
        )

    def feedback(self, one: One, said: str) -> Step:
        """The reporter answers the closing question."""
        comment = {"comment": self.random.choice(WORDS["comments"])}
        sent = {"id": self._id(), "answer": said, "content": comment}
        body = load(message_schemas.Feedback(), sent)
        return lambda db: withdrawing.answer_closing(db, one.id, one.root.keyring, body)

    def consent(self, one: One, day: date, *, answer: bool) -> None:
        """A manager is asked for; the reporter grants it, and the manager is let in, or not."""
        manager, asked, granted = self.people["handler-3"], self._id(), self._id()
        content = WORDS["consent"] | {
            "handlers": [str(manager.id)],
            "until": str(self.today + timedelta(days=90)),
        }
        request = load(message_schemas.AskConsent(), {"id": asked, "content": content})
        sent = {"id": granted, "content": {"request": asked, "granted": answer}}
        said = load(message_schemas.AnswerConsent(), sent)
        by = one.by

        def let_in(db: Work) -> None:
            body = {"handler": manager.id, "consent": UUID(granted)}
            readers.add(db, by_handler(db, by.id, one.reference), by.id, by.keyring, body)

        self.on(day, lambda db: consents.ask(
            db, by_handler(db, by.id, one.reference), by.id, by.keyring, request
        ))  # fmt: skip
        self.on(day + DAY,
                lambda db: readers.answer_consent(db, one.id, one.root.keyring, said))  # fmt: skip
        if answer:
            self.on(day + 2 * DAY, let_in)

    def attach(self, one: One, day: date) -> None:
        """The reporter sends a file: cleaned, sealed and stored, then named by a message."""
        attachment = self._id()

        def step() -> None:
            given = uploading.Given("list.txt", io.BytesIO(WORDS["attachment"].encode()))
            body = {"id": UUID(attachment), "file": given, "uncleaned": False, "kind": "message"}
            uploading.store(self.database, one.id, REPORTER, one.root.keyring, body)
            named = self.write(one, WORDS["answers"][0], (attachment,))
            self.database.write(named)

        self.files.setdefault(day, []).append(step)
