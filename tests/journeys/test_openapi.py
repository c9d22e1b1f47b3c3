"""Schemathesis tries every call of the OpenAPI document against the running server.

All its checks are on: no call fails, answers with what is not in the document, takes what the
document forbids or refuses what it allows, or answers somebody who did not sign in. Each kind of
caller tries the calls that are theirs, and nobody at all tries all of them.

In the ordeal all but the handler try the edges of each field too, and three made-up requests of
each call. `SCHEMATHESIS_EXAMPLES=40` before `pytest -m ordeal` has the handler do so as well, and
makes up so many: that takes many minutes.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pyotp
import pytest
import requests

from tests.evidence.samples import picture
from tests.journeys.served import Served, serving
from tests.ordeal import tell

GIVEN = os.environ.get("SCHEMATHESIS_EXAMPLES")
IN_DEPTH = int(GIVEN or "3")
CALLERS = ("reporter", "key", "administrator-1", "handler-1")
ENDS = ("DELETE /session", "DELETE /case", "POST /password", "DELETE /sessions/{session_id}")
"""What ends a session, a case or a password: tried last, or the rest would be tried by nobody."""

CALLS = {
    "reporter": r"^/case(/|$)",
    "administrator-1": r"^/(accounts|invitations|audit|api-keys|webhooks|returns|board)",
    "key": r"^/(statistics|webhooks|cases/\{reference\}/status)",
}
"""The paths that each caller tries; a handler tries what no reporter or administrator does."""

SUCCEED = {"reporter": 8, "handler-1": 30, "administrator-1": 17, "key": 9}
"""How many of their calls at least are answered with success once: those get past who may, to the
rules and the database. The others need what no schema tells: a code, what is sealed, somebody who
was asked."""

# A 422 names a rule that JSON Schema can't tell: a code of the directory, words, a signature.
CONFIG = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "422", "429", "5xx"]

[parameters]
"path.slug" = "eeast"
"path.reference" = "{reference}"
"path.attachment" = "{attachment}"
"path.number" = 0
"path.year" = {year}
"path.quarter" = {quarter}
"query.organisation" = "eeast"
"""


@dataclass
class Tried:
    """A running server, a case in it, and its words."""

    served: Served
    reference: str
    token: str
    config: Path
    bearers: dict[str, str] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    """Calls of the last run that were answered with success, at least once each."""

    def post(self, path: str, body: Any, bearer: str | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        url = f"{self.served.url}/api/v1{path}"
        answer = requests.post(url, json=body, headers=headers, timeout=30)
        assert answer.status_code in (200, 201), answer.text
        return dict(answer.json())

    def bearer(self, who: str) -> str:
        """A session of this caller, or an API key with every scope: a code works only once."""
        if who not in self.bearers:
            self.bearers[who] = self._begin(who)
        return self.bearers[who]

    def _begin(self, who: str) -> str:
        if who == "reporter":
            return str(self.post("/sessions", {"token": self.token})["session"])
        if who == "key":
            body = {
                "organisation": "eeast",
                "name": "Invented figures",
                "scopes": ["cases:status", "statistics:read", "webhooks:write"],
                "expires_on": str(date.today() + timedelta(days=30)),
            }
            return str(self.post("/api-keys", body, self.bearer("administrator-1"))["key"])
        one = self.served.handlers[who]
        body = {
            "username": who,
            "password": one.password,
            "code": pyotp.TOTP(one.totp_secret).now(),
        }
        return str(self.post("/sign-in", body)["session"])

    def attach(self) -> str:
        """A picture that the reporter sent, in a message; its id."""
        made, bearer = str(uuid4()), self.bearer("reporter")
        answer = requests.post(
            f"{self.served.url}/api/v1/case/attachments",
            data={"id": made}, files={"file": ("shot.png", picture("PNG"))},
            headers={"Authorization": f"Bearer {bearer}"}, timeout=60,
        )  # fmt: skip
        assert answer.status_code == 201, answer.text
        said = {"text": "An invented screenshot.", "attachments": [made]}
        self.post("/case/messages", {"id": str(uuid4()), "content": said}, bearer)
        return made

    def run(self, bearer: str | None, *options: str, in_depth: int = 0) -> str:
        """What schemathesis says; `in_depth` tries the edges, and makes up so many requests.

        Raises `AssertionError` if anything failed.
        """
        asked = self.config.with_name("asked.har")
        asked.unlink(missing_ok=True)
        examples = in_depth or 1
        phases = "examples,coverage,fuzzing" if in_depth else "examples,fuzzing"
        command = [
            str(Path(sys.executable).parent / "st"), "--config-file", str(self.config), "run",
            f"{self.served.url}/api/v1/openapi.json", "--checks", "all", "--phases", phases,
            "--max-examples", str(examples), "--generation-deterministic", "--no-color",
            "--continue-on-failure", "--suppress-health-check", "all",
            "--report-har-path", str(asked), *options,
        ]  # fmt: skip
        if bearer is not None:
            command += ["--header", f"Authorization: Bearer {bearer}"]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=self.config.parent, check=False
        )
        found = done.stdout + done.stderr
        assert done.returncode == 0, found[-20_000:]
        assert self.served.process.poll() is None
        self.done = set(succeeded(json.loads(asked.read_text("utf-8")), calls(self)))
        return found


def succeeded(har: Any, listed: Iterable[str]) -> Iterator[str]:
    """Of these calls those that an answer of 200 to 299 was given to, by what was recorded."""
    shapes = {
        call: re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(call))) for call in listed
    }
    for entry in har["log"]["entries"]:
        if 200 <= entry["response"]["status"] < 300:
            path = urlsplit(entry["request"]["url"]).path.removeprefix("/api/v1")
            asked = f"{entry['request']['method']} {path}"
            # The call that is written out comes before one that has a name in its place.
            fitting = [call for call, shape in shapes.items() if shape.fullmatch(asked)]
            if fitting:
                yield min(fitting, key=lambda call: call.count("{"))


@pytest.fixture(scope="module")
def tried(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Tried]:
    place = tmp_path_factory.mktemp("openapi")
    with serving(request, "sqlite", place / "server") as served:
        made = Tried(served, "", "", place / "schemathesis.toml")
        made.token = str(made.post("/tokens", {})["token"])
        report = {"case_id": str(uuid4()), "token": made.token, "desk": "guardian", "excluded": [],
                  "content": {"story": "An invented story about a group chat."}}  # fmt: skip
        made.reference = str(made.post("/organisations/eeast/cases", report)["reference"])
        given = {"reference": made.reference, "attachment": made.attach(), **ended()}
        made.config.write_text(CONFIG.format(**given))
        yield made


def ended() -> dict[str, int]:
    """The last quarter that has ended, as the addresses of returns name it."""
    day = date.today() - timedelta(days=92)
    return {"year": day.year - (day.month < 4), "quarter": (day.month - 4) % 12 // 3 + 1}


def calls(tried: Tried, *, guarded: bool = False) -> list[str]:
    """Every call, as schemathesis names it; or those that somebody has to sign in for."""
    document = requests.get(f"{tried.served.url}/api/v1/openapi.json", timeout=30).json()
    return [
        f"{how.upper()} {path}"
        for path, item in document["paths"].items()
        for how, told in item.items()
        if told.get("security") or not guarded
    ]


def of(tried: Tried, who: str) -> list[str]:
    """The calls that this caller tries."""
    others = "|".join(CALLS[one] for one in ("reporter", "administrator-1"))
    found = []
    for call in calls(tried):
        path = call.partition(" ")[2]
        theirs = re.search(CALLS[who], path) if who in CALLS else not re.search(others, path)
        if theirs and call not in ENDS:
            found.append(call)
    return found


def chosen(names: list[str]) -> list[str]:
    return [option for one in names for option in ("--include-name", one)]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    "who",
    [
        *(
            pytest.param(one, marks=pytest.mark.ordeal)
            for one in ("reporter", "handler-1", "administrator-1")
        ),
        "key",
    ],
)
def test_it_works(tried: Tried, who: str) -> None:
    finds_nothing(tried, who)


@pytest.mark.ordeal
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("who", CALLERS if GIVEN else CALLERS[:3])
def test_in_depth(tried: Tried, who: str) -> None:
    finds_nothing(tried, who, in_depth=IN_DEPTH)


def finds_nothing(tried: Tried, who: str, in_depth: int = 0) -> None:
    """All calls of this caller were tried, by somebody who was signed in, and none failed."""
    theirs = of(tried, who)
    assert theirs
    said = tried.run(tried.bearer(who), *chosen(theirs), in_depth=in_depth)
    assert f"Tested: {len(theirs)}" in said
    # Whoever was signed out would have found nothing.
    wrong = re.search(r"Authentication failed: (\d+) operations", said)
    assert int(wrong[1]) < len(theirs) / 2 if wrong else True, said[-5_000:]
    done = tried.done & set(theirs)
    never = ", ".join(sorted(set(theirs) - done))
    tell("attack", f"calls that schemathesis made as {who}" + ", in depth" * bool(in_depth),
         tried=len(theirs), lost=0,
         note=f"{len(done)} answered with success at least once; never: {never or 'none'}",
    )  # fmt: skip
    assert len(done) >= SUCCEED[who], never


@pytest.mark.ordeal
@pytest.mark.timeout(1800)
def test_nobody_who_did_not_sign_in(tried: Tried) -> None:
    assert f"Tested: {len(calls(tried))}" in tried.run(None)
    assert tried.done
    assert tried.done & set(calls(tried, guarded=True)) == set()


@pytest.mark.ordeal
@pytest.mark.timeout(900)
@pytest.mark.parametrize("who", ["handler-1", "reporter"])
def test_what_ends_something(tried: Tried, who: str) -> None:
    names = [one for one in ENDS if one != ("POST /password" if who == "reporter" else "")]
    tried.run(tried.bearer(who), *chosen(names))


def test_every_call_is_tried_by_somebody_who_may(tried: Tried) -> None:
    found = {
        call for who in ("reporter", "handler-1", "administrator-1") for call in of(tried, who)
    }
    assert found | set(ENDS) == set(calls(tried))
