"""What tests of `wren verify` share: a case with a picture, and its case file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.api.exporting import attach, files, say
from tests.evidence import samples
from tests.service import Service

CHANGED, CUT, FOREIGN, NEWER = 1, 3, 4, 5
SENTENCE = "Everything that was checked holds."
NAME = "screenshot.png"


def told(service: Service) -> tuple[str, str, bytes]:
    """A case with one picture; its reference and words, and the picture as it was stored."""
    reference, token = service.open_case(content={"story": "An invented story."})
    bearer = service.reporter(token)
    piece = attach(service, bearer, samples.picture("PNG"), NAME)
    say(service, bearer, {"attachment": piece})
    return reference, token, service.get(f"/case/attachments/{piece}", bearer).data


def put(place: Path, data: bytes, name: str = "case.zip") -> str:
    """Writes a file; its path."""
    (place / name).write_bytes(data)
    return str(place / name)


def repacked(data: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """A case file whose files were changed, as a whole ZIP."""
    found, made = files(data), io.BytesIO()
    change(found)
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in found.items():
            archive.writestr(name, content)
    return made.getvalue()


def picture_in(found: dict[str, bytes]) -> str:
    """The name of the picture in a case file."""
    return next(name for name in found if name.startswith("evidence/"))
