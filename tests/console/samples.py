"""Cases for pictures and journeys at the console. All people and stories are invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from api.models.base import Database
from api.models.case import Case, CaseCheck
from tests.service import Service

STORIES = (
    ("In a group chat of about thirty colleagues somebody posts jokes about one of us after each "
     "shift, and others join in. It has gone on since the spring.",
     ["bullying", "social-media"], "whatsapp-group"),
    ("A picture of a colleague at work was shared with a comment about her body.",
     ["sexual-harassment", "social-media"], "direct-message"),
    ("Breaks are refused to two of us since we complained about the rota.",
     ["victimisation", "worker-safety"], "in-person"),
    ("Names from a patient list were read out as a joke in the mess room.",
     ["patient-safety"], "in-person"),
    ("Somebody is left out of every plan of the team and of its chat.",
     ["bullying"], "facebook-group"),
)  # fmt: skip


@dataclass
class Day:
    """A guardian's cases: their references, oldest first, and the words of each."""

    references: list[str]
    tokens: list[str]


def text(words: str) -> dict[str, Any]:
    """A message or note."""
    return {"id": str(uuid4()), "content": {"text": words}}


def fill(service: Service) -> Day:
    """Five cases at eeast's guardian desk, in different states."""
    day = Day([], [])
    for story, concerns, channel in STORIES:
        content = {
            "story": story, "concerns": concerns, "channel": channel,
            "when": "Most weeks since the spring", "who_knows": "About thirty people",
            "wanted": "That it stops, without anybody knowing that I wrote",
        }  # fmt: skip
        reference, token = service.open_case(content=content)
        day.references.append(reference)
        day.tokens.append(token)
    talk(service, day)
    move(service.database, day)
    return day


def talk(service: Service, day: Day) -> None:
    """The first case has a conversation, a consent, notes, a classification and a link."""
    one, mine, colleague = day.references[0], service.handler(), service.handler("handler-2")
    path, reporter = f"/cases/{one}", service.reporter(day.tokens[0])

    def done(answer: Any) -> None:
        assert answer.status_code < 300, answer.text

    done(service.call("PATCH", path, {"status": "acknowledged"}, mine))
    done(service.post(f"{path}/messages", text(
        "Thank you for telling us. I have read it, and I take it seriously. About how many people "
        "know of this, apart from those involved?"), mine))  # fmt: skip
    done(service.post("/case/messages", text("Everyone in the chat, so about thirty."), reporter))
    request = {
        "id": str(uuid4()),
        "content": {
            "handlers": [str(service.handlers["handler-3"].id)],
            "role": "Investigating manager",
            "purpose": "To look into the group chat and stop it",
            "until": str(date.today() + timedelta(days=60)),
            "text": "May I let this person read your report? They are of another region.",
        },
    }
    done(service.post(f"{path}/consents", request, mine))
    answer = {"id": str(uuid4()), "content": {"request": request["id"], "granted": True}}
    done(service.post("/case/consents", answer, reporter))
    note = "Spoke to HR in general terms, without names. Policy 14 covers group chats."
    done(service.post(f"{path}/notes", text(note), colleague))
    done(service.post(f"{path}/links", {"reference": day.references[1]}, mine))
    content = {
        "national": "2026", "local": 0, "elements": ["bullying_harassment", "worker_safety"],
        "categories": [], "professional_group": "ambulance",
    }  # fmt: skip
    body = {"id": str(uuid4()), "content": content}
    done(service.call("PUT", f"{path}/classification", body, mine))
    who = str(service.handlers["handler-1"].id)
    done(service.call("PATCH", path, {"status": "in_progress", "assigned_to": who}, mine))
    hold = {"legal_hold": {"reason": "A claim at the tribunal"}, "urgent": True}
    done(service.call("PATCH", f"/cases/{day.references[1]}", hold, mine))
    closing = {"status": "closed", "outcome": "action-taken", "feedback_given": True}
    done(service.call("PATCH", f"/cases/{day.references[3]}", closing, colleague))
    draft = {"content": {"text": "Thank you. I will"}}
    done(service.call("PUT", f"/cases/{day.references[4]}/draft", draft, mine))


def move(database: Database, day: Day) -> None:
    """Two of the cases are late, and a check is due."""
    before = date.today() - timedelta(days=4)

    def late(db: Any) -> None:
        db.execute(
            update(Case)
            .where(Case.reference == day.references[2])
            .values(acknowledge_by=before, opened_on=before - timedelta(days=3))
        )
        db.execute(update(CaseCheck).where(CaseCheck.months == 3).values(due_on=before))

    database.write(late)


pytest.register_assert_rewrite(__name__)
