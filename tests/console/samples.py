"""Cases for pictures of the console, made by calls. All people and stories are invented."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests

from shared.sealing.tokens import new_token
from tests.console.screen import next_code

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
    """A guardian's cases at the demo: their references, oldest first."""

    url: str
    people: Mapping[str, Mapping[str, str]]
    references: list[str] = field(default_factory=list)
    reporters: list[str] = field(default_factory=list, repr=False)

    def call(self, method: str, path: str, body: Any = None, bearer: str = "") -> Any:
        """One call that must work; its answer."""
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        with requests.Session() as http:
            http.trust_env = False
            url = f"{self.url}/api/v1{path}"
            answer = http.request(method, url, json=body, headers=headers, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def handler(self, username: str) -> str:
        """A bearer of this handler."""
        one = self.people[username]
        body = {"username": username, "password": one["password"]}
        code = {"code": next_code(one["totp_secret"], self.url)}
        return str(self.call("POST", "/sign-in", body | code)["session"])

    def report(self, story: str, concerns: list[str], channel: str) -> None:
        """One of the stories is reported."""
        token = new_token()
        content = {
            "story": story, "concerns": concerns, "channel": channel,
            "when": "Most weeks since the spring", "who_knows": "About thirty people",
            "wanted": "That it stops, without anybody knowing that I wrote",
        }  # fmt: skip
        body = {"case_id": str(uuid4()), "token": token, "desk": "guardian", "content": content}
        opened = self.call("POST", "/organisations/eeast/cases", body)
        self.references.append(opened["reference"])
        self.reporters.append(self.call("POST", "/sessions", {"token": token})["session"])

    def consent(self, reference: str, reporter: str, mine: str, who: str, say: str = "") -> None:
        """Somebody of another desk is asked for and agreed to."""
        content = {
            "handlers": [who],
            "role": "Investigating manager",
            "purpose": "To look into the group chat and stop it",
            "until": str(date.today() + timedelta(days=60)),
            **({"text": say} if say else {}),
        }
        request = {"id": str(uuid4()), "content": content}
        self.call("POST", f"/cases/{reference}/consents", request, mine)
        answer = {"id": str(uuid4()), "content": {"request": request["id"], "granted": True}}
        self.call("POST", "/case/consents", answer, reporter)

    def let_in(self, reference: str, mine: str, who: str) -> None:
        """Lets somebody in by the newest consent."""
        items = self.call("GET", f"/cases/{reference}/messages", bearer=mine)["items"]
        agreed = [one for one in items if one["content"]["type"] == "consent"][-1]
        body = {"handler": who, "consent": agreed["id"]}
        self.call("POST", f"/cases/{reference}/readers", body, mine)


def text(words: str) -> dict[str, Any]:
    """A message or note."""
    return {"id": str(uuid4()), "content": {"text": words}}


def fill(url: str, people: Mapping[str, Mapping[str, str]], data: Path) -> Day:
    """Five cases at the guardian desk: one with a conversation, one late, one closed."""
    day = Day(url, people)
    for story in STORIES:
        day.report(*story)
    mine, colleague = day.handler("handler-1"), day.handler("handler-2")
    _talk(day, mine, colleague)
    hold = {"legal_hold": {"reason": "A claim at the tribunal"}, "urgent": True}
    day.call("PATCH", f"/cases/{day.references[1]}", hold, mine)
    closing_it = {"status": "closed", "outcome": "action-taken", "feedback_given": True}
    day.call("PATCH", f"/cases/{day.references[3]}", closing_it, colleague)
    draft = {"content": {"text": "Thank you. I will"}}
    day.call("PUT", f"/cases/{day.references[4]}/draft", draft, mine)
    _make_late(day, data)
    return day


def _talk(day: Day, mine: str, colleague: str) -> None:
    path, reporter = f"/cases/{day.references[0]}", day.reporters[0]
    day.call("PATCH", path, {"status": "acknowledged"}, mine)
    day.call("POST", f"{path}/messages", text(
        "Thank you for telling us. I have read it, and I take it seriously. About how many people "
        "know of this, apart from those involved?"), mine)  # fmt: skip
    day.call("POST", "/case/messages", text("Everyone in the chat, so about thirty."), reporter)
    asked = "May I let this person read your report? They are of another region."
    day.consent(day.references[0], reporter, mine, day.people["handler-3"]["id"], asked)
    note = "Spoke to HR in general terms, without names. Policy 14 covers group chats."
    day.call("POST", f"{path}/notes", text(note), colleague)
    day.call("POST", f"{path}/links", {"reference": day.references[1]}, mine)
    content = {
        "national": "2026", "local": 1, "elements": ["bullying_harassment", "worker_safety"],
        "categories": ["behaviour-relationship"], "region": "norfolk",
        "professional_group": "ambulance",
    }  # fmt: skip
    classified = {"id": str(uuid4()), "content": content}
    day.call("PUT", f"{path}/classification", classified, mine)
    who = day.people["handler-1"]["id"]
    day.call("PATCH", path, {"status": "in_progress", "assigned_to": who}, mine)


def _make_late(day: Day, data: Path) -> None:
    """One case was to be acknowledged days ago, and a check for detriment is due."""
    before = date.today() - timedelta(days=4)
    with closing(sqlite3.connect(data / "wren.db", timeout=30)) as database, database:
        database.execute(
            "UPDATE cases SET acknowledge_by = ?, opened_on = ? WHERE reference = ?",
            (str(before), str(before - timedelta(days=3)), day.references[2]),
        )
        database.execute("UPDATE case_checks SET due_on = ? WHERE months = 3", (str(before),))
