"""What anybody may read: guidance, contacts, whose device this is, cookies."""

from __future__ import annotations

import html
import io
import json
import re
from dataclasses import replace
from importlib.resources import files

import pytest
import segno

from api.rules import organisations
from api.web.front import code, dial, origin
from tests.web.hands import Hands

ONION = "http://" + "wrenabcdefgh2345" * 3 + "wrenabcd.onion"
ENGLAND = json.loads(files("api").joinpath("data", "england.json").read_text("utf-8"))


def test_it_works(page_hands: Hands) -> None:
    page_hands.go("/")
    page_hands.go(page_hands.link("The eeast trust"))
    assert page_hands.path == "/o/eeast"
    page_hands.go(page_hands.link("Tell somebody"))
    assert page_hands.path == "/o/eeast/begin"
    page_hands.press()
    assert page_hands.path.endswith("/1")
    page_hands.go("/o/eeast")
    page_hands.go(page_hands.link("I have eight words"))
    assert page_hands.path == "/return"


def test_the_front_page_says_nothing_of_reporting(page_hands: Hands) -> None:
    page_hands.go("/")
    outside = re.sub(r"(?s)<details>.*?</details>", "", page_hands.page.text)
    told = r"\b(reports? (some|it)|your report|anonym|speak up without|eight words|bully|harass)"
    assert not re.search(told, outside, re.IGNORECASE)
    for one in ENGLAND["contacts"]:
        assert html.escape(one["name"]) in page_hands.page.text


@pytest.mark.parametrize("number", [0, 1])
def test_it_stays_neutral_with_few_organisations(
    page_hands: Hands, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    some = {"items": [{"slug": "eeast", "name": "The eeast trust"}][:number], "next": None}
    monkeypatch.setattr(organisations, "list_all", lambda _db: some)
    page_hands.go("/")
    assert page_hands.heading == "Guidance and contacts for staff"
    assert ("No organisation is here yet." in page_hands.text) == (number == 0)


def test_guidance_of_the_organisation(page_hands: Hands) -> None:
    page_hands.go("/o/eeast")
    for said in (
        "gender reassignment; marriage and civil partnership",  # of the nine characteristics
        "Capture: take a screenshot before anything is deleted.",
        "Work phone or computer: it can be watched in ways that no page can prevent.",
        "A phone keeps a list of the calls that were made with it.",
        "If you can’t speak, stay on the line and press 55 on a mobile.",
        "What happens next",
    ):
        assert said in page_hands.text
    assert "<ol>" in page_hands.page.text  # the steps are a list


def test_contacts_can_be_called_and_have_their_day(page_hands: Hands) -> None:
    page_hands.go("/o/eeast")
    for one in ENGLAND["contacts"]:
        assert f'href="tel:{one["value"].replace(" ", "")}"' in page_hands.page.text
    assert page_hands.text.count("Last checked on 23 November 2026") == len(
        ENGLAND["contacts"] + ENGLAND["guidance"]
    )


def test_a_contact_on_the_web_is_no_link(page_hands: Hands) -> None:
    """To follow it would tell that site where the visitor came from, and the network both."""
    service = page_hands.service

    def put(db: object) -> None:
        found = organisations.find(db, "eeast")  # type: ignore[arg-type]
        one = {"name": "Elsewhere", "kind": "link", "value": "https://example.org/a",
               "detail": "", "checked_on": "2026-11-23"}  # fmt: skip
        found.directory = found.directory | {"contacts": [one]}

    service.database.write(put)
    page_hands.go("/o/eeast")
    assert "https://example.org/a" in page_hands.text
    assert "href=" + '"https://example.org' not in page_hands.page.text


def test_what_is_written_as_guidance_is_only_text(page_hands: Hands) -> None:
    def put(db: object) -> None:
        found = organisations.find(db, "eeast")  # type: ignore[arg-type]
        text = (
            "<script>alert(1)</script>\n\n![a](https://example.org/a.png)\n\n**Strong**\n\n"
            "[The law](https://example.org/law), <https://example.org>, [a call](tel:101)"
        )
        one = {"slug": "own", "title": "<b>Own</b>", "text": text, "checked_on": "2026-11-23"}
        found.directory = found.directory | {"guidance": [one]}

    page_hands.service.database.write(put)
    page_hands.go("/o/eeast")
    assert "<strong>Strong</strong>" in page_hands.page.text
    assert "The law (https://example.org/law), https://example.org, a call" in page_hands.text
    assert page_hands.link("a call") == "tel:101"
    for never in ("<script>alert", "<img", "<b>Own"):
        assert never not in page_hands.page.text


def test_before_the_first_word(page_hands: Hands) -> None:
    page_hands.go("/o/eeast/begin")
    for said in (
        "Not on a work phone, a work computer or work Wi-Fi",
        "Open this page in a private window",
        "Nothing is saved for later",
        "cookies have to be allowed",
        "https://wren.example/o/eeast/begin",
    ):
        assert said in page_hands.text
    assert page_hands.page.text.count("<svg") == 1


def test_the_code_leads_to_this_very_page(page_hands: Hands) -> None:
    """Drawn from the address: the same squares as those of a code made apart."""
    page_hands.go("/o/eeast/begin")
    out = io.BytesIO()
    segno.make("https://wren.example/o/eeast/begin", error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=False, scale=5, border=2, light="#fff", dark="#000",
        svgclass=None, lineclass=None, nl=False,
    )  # fmt: skip
    drawn = re.findall(r' d="([^"]+)"', out.getvalue().decode())
    assert drawn
    assert re.findall(r' d="([^"]+)"', page_hands.page.text) == drawn


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("wren.example", "https://wren.example"),
        ("wren.example:8443", "https://wren.example:8443"),
        ("localhost:8080", "http://localhost:8080"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("10.0.0.1", "https://10.0.0.1"),
        (ONION.removeprefix("http://"), ONION),
    ],
)
def test_where_the_code_leads(page_hands: Hands, host: str, found: str) -> None:
    with page_hands.service.app.test_request_context("/", base_url=f"http://{host}"):
        assert origin() == found


def test_a_name_that_is_too_long_has_no_code(page_hands: Hands) -> None:
    place = f"https://{'.'.join(['a' * 60] * 4)}.example"
    assert code(f"{place}/o/eeast/begin") == ""
    answer = page_hands.http.get("/o/eeast/begin", base_url=place)
    assert answer.status_code == 200
    assert "<svg" not in answer.text


def test_the_onion_address_is_told(page_hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in ("/o/eeast", "/o/eeast/begin"):
        page_hands.go(path)
        assert ".onion" not in page_hands.text
    database = page_hands.service.database
    monkeypatch.setattr(database, "config", replace(database.config, onion=ONION))
    for path in ("/o/eeast", "/o/eeast/begin"):
        page_hands.go(path)
        assert f"{ONION}{path}" in page_hands.text
    answer = page_hands.http.get("/o/eeast/begin", base_url=ONION)
    assert answer.text.count(f"{ONION}/o/eeast/begin") == 1  # once, as the address to type in


@pytest.mark.parametrize(
    ("number", "dialled"),
    [("116 123", "116123"), ("+44 (0)20 3117", "+440203117"), ("0300-311", "0300311"), ("", "")],
)
def test_numbers_to_dial(number: str, dialled: str) -> None:
    assert dial(number) == dialled


def test_cookies(page_hands: Hands) -> None:
    page_hands.go("/cookies")
    for said in ("__Host-w-…", "__Host-w-language", "With cookies off you can read everything"):
        assert said in page_hands.text
    assert not page_hands.cookies()


@pytest.mark.parametrize(
    ("method", "path", "status", "heading"),
    [
        ("GET", "/nothing", 404, "Page not found"),
        ("GET", "/o/nothing", 404, "Page not found"),
        ("POST", "/cookies", 405, "Page not found"),
        ("POST", "/return", 403, "That can’t be done from here"),
    ],
)
def test_refusals(page_hands: Hands, method: str, path: str, status: int, heading: str) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = page_hands.http.open(
        path, method=method, headers=headers, base_url="https://wren.example"
    )
    assert answer.status_code == status
    page_hands.page = answer
    assert page_hands.heading == heading
    assert "JSON" not in page_hands.text
    assert page_hands.link("Go to the start") == "/"
