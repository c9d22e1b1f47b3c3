"""The poster of an organisation, and a page for its intranet: `wren poster`.

Both carry the address with the fingerprint of the roster's beginning, as the phone's scanner
reads it. Neither has a form, a script or anything embedded: the employer's server never carries
a report, and a browser asks for nothing until somebody follows the link.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import segno
import typst
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from api.config import ConfigError
from api.rules import case_pdf
from shared.client import parse_address
from shared.errors import BadAddress
from shared.sealing.encoding import b64

_HERE = Path(__file__).parent
TEXTS: dict[str, dict[str, Any]] = json.loads((_HERE / "data" / "poster.json").read_text("utf-8"))
LANGUAGES = tuple(TEXTS)
_WIDE = 44
"""Characters of an address that fit on one line in large type."""


@dataclass(frozen=True, slots=True)
class Poster:
    """What a poster says: of whom, where it leads, and the roster that is pinned by it."""

    organisation: str
    address: str
    fingerprint: bytes

    @property
    def code(self) -> str:
        """The text of the QR code: the address, and `#` with the roster's fingerprint."""
        return f"{self.address}#{b64(self.fingerprint)}"


def of(host: str, slug: str, organisation: str, fingerprint: bytes) -> Poster:
    """The poster of an organisation that is served at this host, `https://speak.example.org`.

    Raises `ConfigError` for an address that the phone's scanner would refuse.
    """
    try:
        parsed = parse_address(host)
    except BadAddress:
        parsed = None
    if parsed is None or parsed.slug or parsed.fingerprint:
        raise ConfigError("--address: give the service's, as https://speak.example.org")
    return Poster(organisation, f"{parsed.base}/o/{slug}", fingerprint)


def pdf(poster: Poster, language: str = "en") -> bytes:
    """One page of A4: tagged (PDF/UA-1, ISO 14289-1), with fonts of its own."""
    words = _words(poster, language)
    made = typst.compile(
        (_HERE / "data" / "poster.typ").read_bytes(),
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(words | {"code": list(_svg(poster.code).encode())})},
        pdf_standards=["ua-1"],
        timestamp=0,
    )
    assert isinstance(made, bytes)  # noqa: S101 - one file, in memory
    return made


def html(poster: Poster, language: str = "en") -> str:
    """A page for the intranet, whole in itself: text, the code, and a link."""
    pages = Environment(loader=FileSystemLoader(_HERE / "templates"), autoescape=True)
    code = Markup(_svg(poster.code))  # noqa: S704 - made of the code's squares alone
    return pages.get_template("poster.html").render(_words(poster, language), code=code) + "\n"


def text(poster: Poster, language: str = "en") -> str:
    """The same as plain text, to be put into any page."""
    words = _words(poster, language)
    points = [f"{name}. {told}" for name, told in words["points"]]
    parts = [
        words["title"],
        words["lead"],
        words["page_open"],
        f"{words['address']}: {words['shown']}",
        f"{words['seen_title']}. {words['seen']}",
        *points,
        words["danger"],
        words["whom"],
    ]
    return "\n\n".join(parts) + "\n"


def _words(poster: Poster, language: str) -> dict[str, Any]:
    told = TEXTS[language]
    shown = poster.address.removeprefix("https://")
    return told | {
        "lang": language,
        "whom": told["for"].format(name=case_pdf.printable(poster.organisation)),
        "shown": shown,
        "size": 1.3 if len(shown) <= _WIDE else 0.85,
        "link": poster.address,
    }


def _svg(address: str) -> str:
    """The code as SVG, with the white border of four squares that ISO/IEC 18004 asks for."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", scale=4, border=4, dark="#000", light="#fff", xmldecl=False
    )
    return out.getvalue().decode()
