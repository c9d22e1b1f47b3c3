"""`wren poster`: one page, whose code the phone reads; and a page that carries no report."""

from __future__ import annotations

import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pypdf
import pytest
import typst

from api import poster
from mobile import codes
from shared.client import parse_address
from shared.sealing.encoding import b64
from tests.cli.conftest import Deployment
from tests.service import Service

HOST = "https://speak.example.org"


def drawn(pdf: bytes, ppi: int = 110) -> bytes:
    """The first page of a PDF as a picture (PNG)."""
    page = b"#set page(width: 210mm, height: 297mm, margin: 0mm)\n"
    page += b'#image(bytes(json(bytes(sys.inputs.pdf))), format: "pdf", width: 100%)'
    made = typst.compile(page, format="png", ppi=ppi, sys_inputs={"pdf": json.dumps(list(pdf))})
    assert isinstance(made, bytes)
    return made


def written(deployment: Deployment, *options: str, slug: str = "eeast") -> Path:
    out = deployment.place.parent / "made"
    done = deployment.wren("poster", slug, "--address", HOST, "--out", str(out), *options)
    assert done.exit_code == 0, done.output
    return out


@pytest.mark.parametrize("language", poster.LANGUAGES)
def test_it_works(deployment: Deployment, service: Service, language: str) -> None:
    pdf = written(deployment, "--language", language).read_bytes()
    read = codes.read(drawn(pdf))
    assert codes.other_kind(read) == ""
    found = parse_address(read)
    records = service.get("/organisations/eeast/roster").get_json()["records"]
    assert (found.base, found.slug) == (HOST, "eeast")
    # What a phone pins: the fingerprint that `wren organisation show` prints too.
    assert found.fingerprint is not None
    assert b64(found.fingerprint) in deployment.wren("organisation", "show", "eeast").output
    assert records
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    assert len(pages) == 1
    assert [round(float(one)) for one in pages[0].mediabox] == [0, 0, 595, 842]  # A4 in points
    said = " ".join(pages[0].extract_text().split())
    words = poster.TEXTS[language]
    for text in ("lead", "seen", "danger", "scan"):
        # Lines may end within a word, at its hyphen.
        assert words[text].replace(" ", "") in said.replace(" ", ""), text
    assert "speak.example.org/o/eeast" in said


def test_all_languages_say_the_same_things() -> None:
    shapes = {
        language: {name: len(one) if isinstance(one, list) else 1 for name, one in words.items()}
        for language, words in poster.TEXTS.items()
    }
    assert shapes["en"] == shapes["cy"] == shapes["pl"]
    assert poster.LANGUAGES == ("en", "cy", "pl")


def test_it_accuses_nobody() -> None:
    said = json.dumps(poster.TEXTS["en"]).lower()
    for word in ("report", "harass", "bully", "whistle", "abuse", "complain", "accus", "victim"):
        assert word not in said
    for must in ("employer’s server", "work phone", "wi-fi", "999"):
        assert must in json.dumps(poster.TEXTS["en"], ensure_ascii=False).lower()


def test_the_longest_name_and_address_still_fit() -> None:
    name = "The invented trust of a very long name " * 5
    made = poster.of("https://speak-up.a-very-long-name-of-a-host.example.org", "s" * 50,
                     name[:200], bytes(16))  # fmt: skip
    for language in poster.LANGUAGES:
        pdf = poster.pdf(made, language)
        assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages) == 1, language
        assert codes.read(drawn(pdf)) == made.code


class Seen(HTMLParser):
    """The tags of a page, with what they have."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, Any]]] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("language", poster.LANGUAGES)
def test_the_page_of_the_intranet(deployment: Deployment, language: str) -> None:
    page = written(deployment, "--page", "html", "--language", language).read_text("utf-8")
    seen = Seen()
    seen.feed(page)
    names = {name for name, _ in seen.tags}
    # Nothing that sends what somebody types, runs, or is fetched from elsewhere.
    assert not names & {
        "form", "input", "textarea", "button", "script", "iframe", "img", "object", "embed",
        "link", "style", "video", "audio",
    }  # fmt: skip
    assert not any(name.startswith("on") for _, has in seen.tags for name in has)
    links = [has for name, has in seen.tags if name == "a"]
    assert [one["href"] for one in links] == [f"{HOST}/o/eeast"]
    assert links[0]["rel"] == "noreferrer noopener"
    assert "#" not in links[0]["href"]
    assert "<svg" in page
    assert not re.search(r"<style|style=|src=", page)
    assert poster.TEXTS[language]["page_link"].replace("’", "’") in page


def test_the_page_as_text(deployment: Deployment) -> None:
    text = written(deployment, "--page", "text").read_text("utf-8")
    assert "speak.example.org/o/eeast" in text
    assert poster.TEXTS["en"]["seen"] in text
    assert "<" not in text


def test_a_name_is_text_and_no_markup(tmp_path: Path) -> None:
    made = poster.of(HOST, "eeast", '<b>#panic("x")</b> & *Trust*', bytes(16))
    assert "<b>" not in poster.html(made)
    said = pypdf.PdfReader(io.BytesIO(poster.pdf(made))).pages[0].extract_text()
    assert '<b>#panic("x")</b> & *Trust*' in " ".join(said.split())


@pytest.mark.parametrize(
    "address",
    ["http://speak.example.org", "speak.example.org", "https://speak.example.org/o/eeast",
     "https://", "https://speak.example.org/?q=1", "https://u@speak.example.org"],
)  # fmt: skip
def test_an_address_that_no_phone_would_take(deployment: Deployment, address: str) -> None:
    out = deployment.place / "made"
    said = deployment.refused("poster", "eeast", "--address", address, "--out", str(out))
    assert said == "--address: give the service's, as https://speak.example.org"
    assert not out.exists()


def test_an_organisation_that_there_is_not(deployment: Deployment) -> None:
    out = str(deployment.place / "made")
    assert deployment.refused("poster", "nowhere", "--address", HOST, "--out", out)
