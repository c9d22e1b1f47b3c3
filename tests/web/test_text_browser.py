"""Lynx, over TLS: a report, the eight words read from the screen, and the way back with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.sealing import tokens
from tests.journeys.served import Served
from tests.web.lynx import Lynx
from tests.web.tls import handler, serving_over_tls

STORY = "An invented story: photos of a colleague went round."
ANSWER = "An invented answer: thank you for telling us."
REPLY = "An invented reply: about ten people saw them."


@pytest.fixture(scope="module")
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A running server over TLS, on a filled database."""
    with serving_over_tls(request, tmp_path_factory.mktemp("text") / "server") as one:
        yield one


@pytest.fixture
def lynx(served: Served, tmp_path: Path) -> Iterator[Lynx]:
    """Lynx on the front page."""
    made = Lynx(tmp_path, served.place / "certificate.pem", f"{served.url}/")
    yield made
    made.close()


def words_on(lynx: Lynx) -> str:
    """The eight words of a numbered list."""
    listed = re.compile(r"(?m)^\s*[1-8]\.\s+([a-z]+)\s*$")
    found = lynx.find(lambda: listed.findall(lynx.screen)[7:], "eight words")
    assert len(found) == 1
    words = " ".join(listed.findall(lynx.screen))
    tokens.decode(words)
    return words


def practise(lynx: Lynx, words: str) -> None:
    """Types the two words that are asked for."""
    asked = re.compile(r"Word (\d) \[\d+\]_")
    lynx.find(lambda: asked.findall(lynx.screen)[1:], "two words")
    for place in asked.findall(lynx.screen):
        lynx.type(f"Word {place}", words.split()[int(place) - 1])


def answer(served: Served, text: str) -> None:
    """The guardian answers the only case that there is."""
    with handler(served) as (http, url):
        (case,) = http.get(f"{url}/cases", timeout=30).json()["items"]
        body = {"id": "6c6f7bd1-0000-4000-8000-000000000001", "content": {"text": text}}
        made = http.post(f"{url}/cases/{case['reference']}/messages", json=body, timeout=30)
        assert made.status_code == 201, made.text


def read(served: Served) -> str:
    """All that the guardian reads of it."""
    with handler(served) as (http, url):
        (case,) = http.get(f"{url}/cases", timeout=30).json()["items"]
        path = f"{url}/cases/{case['reference']}"
        return f"{http.get(path, timeout=30).text} {http.get(f'{path}/messages', timeout=30).text}"


def begin(lynx: Lynx) -> None:
    """From the front page to the first page of a report."""
    lynx.wait("The eeast trust")
    lynx.choose("The eeast trust", "Tell somebody who can act")
    lynx.choose("Tell somebody", "Is this your own device?")
    lynx.choose("I’m on my own device: begin", "Page 1 of 7")


@pytest.mark.ordeal
def test_it_works(lynx: Lynx, served: Served) -> None:
    begin(lynx)
    lynx.choose("Harassment")
    lynx.choose("Go on", "Page 2 of 7")
    lynx.choose("Go on", "Page 3 of 7")
    lynx.type("In your own words", STORY)
    for number in (4, 5, 6):
        lynx.choose("Go on", f"Page {number} of 7")
    lynx.wait("Not this person: handler-2")
    lynx.choose("Go on", "Check before you send")
    lynx.wait(STORY)
    # Lynx ticks the first of several circles by itself, unless another one is.
    lynx.wait("Where Skipped")
    lynx.choose("Send", "Keep these eight words")
    words = words_on(lynx)
    lynx.choose("I have kept them", "Try two of them")
    practise(lynx, words)
    lynx.choose("Check", "All done")
    lynx.choose("Finish", "The eeast trust")

    assert STORY in read(served)
    answer(served, ANSWER)
    lynx.choose("The eeast trust", "Tell somebody who can act")
    lynx.choose("I have eight words", "Type your eight words")
    lynx.type("Type your eight words", words.upper())
    lynx.choose("Open my case", ANSWER)
    lynx.type("Write a message", REPLY)
    lynx.choose("Send", "Your case")
    lynx.wait(REPLY)
    assert REPLY in read(served)
    assert served.written() == b""


@pytest.mark.ordeal
def test_a_fault_is_said_where_it_is(lynx: Lynx) -> None:
    begin(lynx)
    lynx.choose("Go on", "Page 2 of 7")
    lynx.choose("Go on", "Page 3 of 7")
    lynx.choose("Go on", "There is a problem")
    assert lynx.text.count("Write what happened. A few words are enough.") == 2
    lynx.type("In your own words", STORY)
    lynx.choose("Go on", "Page 4 of 7")
