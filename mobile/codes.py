"""Codes and addresses of organisations: read from a picture, and told apart from others.

No Kivy here. A picture is somebody else's file: Pillow alone opens it, in three formats, and
only if its head says that it is of a size that fits.
"""

from __future__ import annotations

import io
import struct
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from mobile.language import _, later
from shared.client import parse_address
from shared.errors import BadAddress, BadToken, WrenError
from shared.sealing import tokens

if TYPE_CHECKING:
    from PIL import Image

LARGEST_FILE = 30 * 1024 * 1024
LARGEST_PICTURE = 50_000_000
"""Bytes, and pixels: what a phone's camera makes."""
READ_AT = 2_400
"""The longer side, in pixels, at which a picture is looked at."""
LONGEST = 2_000
"""Characters of an address: a QR code can't hold many more."""

NO_READER = later(
    "This phone can\u2019t read a code from a picture. Your camera app can: copy the text that it "
    "shows, and paste it here."
)
NOT_A_PICTURE = later("This is not a picture that Wren can open. Use a JPEG, PNG or WebP.")
TOO_LARGE = later("This picture is too large. Take one of the code alone.")
NO_CODE = later("There is no QR code in this picture. Take it from nearer, straight and in light.")
SEVERAL = later("There are several QR codes in this picture. Take one of Wren\u2019s code alone.")

OTHERS = (
    (("wifi:",), later("This is a code for a Wi-Fi network. Look for the code on a Wren poster.")),
    (("begin:vcard", "mecard:", "bizcard:"),
     later("This is somebody\u2019s contact card. Look for the code on a Wren poster.")),
    (("tel:", "sms:", "smsto:", "mailto:", "matmsg:", "geo:", "begin:vevent", "begin:vcalendar"),
     later("This is a code for a call, a message, a place or a date. Look for the code on a Wren "
           "poster.")),
    (("otpauth:", "otpauth-migration:", "fido:", "bitcoin:", "ethereum:", "lightning:"),
     later("This is a code for signing in or paying. Show it to nobody. Look for the code on a "
           "Wren poster.")),
    (("http:",), later("This address is not a safe one: Wren\u2019s begin with https://")),
    (("https:",), later("This is the address of some other page. Wren\u2019s have /o/ and a short "
                        "name in them.")),
)  # fmt: skip
WORDS = later(
    "These look like your eight words. Don\u2019t type them here: add the organisation first, "
    "then press \u201cI have my words\u201d."
)
LONG = later("This is too long for an address of Wren.")


BROKEN = (
    OSError, ValueError, SyntaxError, EOFError, TypeError, LookupError, ArithmeticError,
    AttributeError, MemoryError, NotImplementedError, struct.error, Warning,
)  # fmt: skip
"""What decoders raise for files that are not what they say they are."""


class NoCode(WrenError):
    """Why nothing was read from a picture."""

    code = "no_code"
    title = "No code"


def can_read() -> bool:
    """Whether a code can be read from a picture here: it needs a library that phones may lack."""
    return find_spec("zxingcpp") is not None and find_spec("PIL") is not None


def read_file(path: Path) -> str:
    """The text of the one QR code in a file's picture. Raises `NoCode`."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError:
        raise NoCode(_(NOT_A_PICTURE)) from None
    return read(data)


def read(data: bytes) -> str:
    """The text of the one QR code in a picture. Raises `NoCode`."""
    if not can_read():
        raise NoCode(_(NO_READER))
    import zxingcpp

    formats = zxingcpp.barcode_formats_from_str("QRCode")
    found = zxingcpp.read_barcodes(_opened(data), formats=formats)
    texts = {one.text for one in found if one.valid}
    ours = {one for one in texts if not other_kind(one)}
    texts = ours or texts
    if len(texts) != 1:
        raise NoCode(_(SEVERAL) if texts else _(NO_CODE))
    return texts.pop()


def _opened(data: bytes) -> Image.Image:
    """The picture in shades of grey, as Pillow decodes it. Raises `NoCode`."""
    from PIL import Image

    if len(data) > LARGEST_FILE:
        raise NoCode(_(TOO_LARGE))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a warning of Pillow's is about a bomb
            found = Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP"))
            fits = found.width * found.height <= LARGEST_PICTURE
            picture = _grey(found) if fits else None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        picture = None
    except BROKEN:
        raise NoCode(_(NOT_A_PICTURE)) from None
    if picture is None:
        raise NoCode(_(TOO_LARGE))
    return picture


def _grey(picture: Image.Image) -> Image.Image:
    from PIL import Image

    picture.thumbnail((READ_AT, READ_AT))
    if "A" in picture.getbands():
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture.convert("RGBA"))
    return picture.convert("L")


def other_kind(text: str) -> str:
    """The sentence that says what this is, if it is no address of Wren; else empty."""
    typed = text.strip()
    if len(typed) > LONGEST:
        return _(LONG)
    try:
        if parse_address(typed).slug:
            return ""
    except BadAddress:
        pass
    if _are_words(typed):
        return _(WORDS)
    lower = typed.lower()
    for begins, sentence in OTHERS:
        if lower.startswith(begins):
            return _(sentence)
    return _(BadAddress.default)


def _are_words(text: str) -> bool:
    try:
        tokens.decode(text)
    except BadToken:
        typed = tokens.split(text)
        return len(typed) >= 4 and all(tokens.find(one) for one in typed)
    return True
