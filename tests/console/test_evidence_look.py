"""The thread with attachments, and the page of each kind, by axe at both widths and in both
colours."""

from __future__ import annotations

from uuid import uuid4

import pytest
import requests
from PIL import Image

from tests.console.conftest import person
from tests.console.samples import STORIES, Day
from tests.console.screen import Screen, looks_right
from tests.evidence import samples
from tests.journeys.served import Served


def attach(day: Day, name: str, data: bytes) -> str:
    """The reporter attaches a file, and says that it may be shown; its id."""
    made, bearer = str(uuid4()), day.reporters[0]
    with requests.Session() as http:
        http.trust_env = False
        answer = http.post(
            f"{day.url}/api/v1/case/attachments",
            data={"id": made},
            files={"file": (name, data)},
            headers={"Authorization": f"Bearer {bearer}"},
            timeout=60,
        )
    assert answer.ok, answer.text
    said = {"attachment": made, "sharing": "investigation", "source": "picture",
            "transcript": "An invented line."}  # fmt: skip
    content = {"text": "Invented.", "attachments": [made], "evidence": [said]}
    day.call("POST", "/case/messages", {"id": str(uuid4()), "content": content}, bearer)
    return made


@pytest.mark.ordeal
def test_it_works(served: Served, screen: Screen) -> None:
    day = Day(served.url, {"handler-1": person(served, "handler-1")})
    day.report(*STORIES[0])
    picture = samples.picture("PNG", Image.new("RGB", (1080, 700), (30, 90, 60)))
    found = [
        attach(day, "shot.png", picture),
        attach(day, "chat.txt", b"An invented line.\n" * 90),
    ]
    screen.sign_in(person(served, "handler-1"))
    path = f"/console/cases/{day.references[0]}"
    looks_right(screen, path)
    for one in found:
        looks_right(screen, f"{path}/attachments/{one}")
    screen.goto(f"{path}/attachments/{found[0]}")
    width = screen.page.locator("figure.preview img").evaluate("one => one.naturalWidth")
    assert width == 1080
