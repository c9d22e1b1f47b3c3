"""Pictures from their pixels alone: what else was in a file does not come along.

Metadata, hidden layers, earlier versions, what hangs on behind: whatever a file holds beside its
pixels is left behind when they are written anew. What comes out is always PNG with the three
chunks that it can't do without (PNG, W3C 2003, sections 5.6 and 9.2). It is written band by
band, so that no second copy of the picture is ever in memory; with the filter "Sub" and
run lengths that takes a quarter of Pillow's own time, for the same number of bytes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from io import BytesIO
from math import ceil, floor
from typing import BinaryIO
from warnings import catch_warnings, simplefilter

from PIL import Image, ImageChops, UnidentifiedImageError

from shared.errors import Refused

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels, from the upper left corner."""

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MOST_PIXELS = 25_000_000
"""Pixels of a picture in full: a photo of 24 megapixels. A larger JPEG is read at a half."""
MOST_SEE_THROUGH = 20_500_000
"""With transparent places, which take longer: a screenshot of 6016 by 3384 pixels."""
_MOST_BYTES = 112 * 1024 * 1024
"""What a picture may take in memory while it is read: then all of it stays under 150 MB."""
_COPIES = {"WEBP": 20}
"""Bytes of a pixel while it is read, where the library keeps more copies than the picture."""
_BAND = 64
_SEE_THROUGH = ("RGBA", "RGBa", "LA", "La", "PA")
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation -> how the picture gets upright (Exif 2.32, tag 0x0112)."""
_ORIENTATION = 0x0112

TOO_MANY = "This picture has too many pixels. Crop it or save it smaller, then choose it again."
BROKEN = "This picture is damaged or cut short. Open it, take a screenshot of it and choose that."
UNKNOWN = "This is no picture that Wren can read. Save it as JPEG or PNG, then choose it again."


def rebuild(source: bytes | BinaryIO) -> bytes:
    """A PNG of the pixels of a JPEG, PNG, WEBP or GIF (its first frame), upright, and no more.

    Raises `Refused`: no picture, damaged, or too many pixels.
    """
    rebuild_into(source, target := BytesIO())
    return target.getvalue()


def rebuild_into(source: bytes | BinaryIO, target: BinaryIO) -> None:
    """Writes what `rebuild` gives. Raises `Refused`; part of it may be written then."""
    image, turn = _load(source)
    _write(image, turn, target)


def preview_into(source: bytes | BinaryIO, target: BinaryIO, most: int) -> None:
    """The same, its longer side at most so many pixels: to be looked at, not kept.

    Raises `Refused`; part of it may be written then.
    """
    image, turn = _load(source)
    if max(image.size) > most:
        image = _rgb(image)
        image.thumbnail((most, most))
    _write(image, turn, target)


def open_picture(source: bytes | BinaryIO) -> Image.Image:
    """The picture, upright, in RGB on white, without metadata. Raises `Refused`."""
    image, turn = _load(source)
    upright = Image.new("RGB", _size(image, turn))
    top = 0
    for band in _bands(image, turn):
        upright.paste(band, (0, top))
        top += band.height
    return upright


def crop(image: Image.Image, box: Box) -> Image.Image:
    """A picture of the pixels within the box alone. Raises `Refused` if there are none."""
    inside = _whole(image, box)
    if inside is None:
        raise Refused("Nothing would be left of the picture. Make the frame larger.")
    return _plain(image).crop(inside)


def black_out(image: Image.Image, boxes: Sequence[Box]) -> Image.Image:
    """A copy in which every pixel that a box touches is black. What was there is in no layer."""
    blacked = _plain(image).copy()
    for box in boxes:
        inside = _whole(image, box)
        if inside is not None:
            blacked.paste((0, 0, 0), inside)
    return blacked


def save(image: Image.Image) -> bytes:
    """The picture as PNG: IHDR, IDAT and IEND, nothing else."""
    _write(image, 1, target := BytesIO())
    return target.getvalue()


def _whole(image: Image.Image, box: Box) -> tuple[int, int, int, int] | None:
    """The pixels that a box touches, or None if it touches none."""
    left, right = sorted((box[0], box[2]))
    top, bottom = sorted((box[1], box[3]))
    left, top = max(0, floor(left)), max(0, floor(top))
    right, bottom = min(image.width, ceil(right)), min(image.height, ceil(bottom))
    return (left, top, right, bottom) if left < right and top < bottom else None


def _plain(image: Image.Image) -> Image.Image:
    return image if image.mode == "RGB" else _rgb(image)


def _load(source: bytes | BinaryIO) -> tuple[Image.Image, int]:
    """The decoded picture and its orientation. What a file claims is checked before it is read."""
    file = BytesIO(source) if isinstance(source, bytes) else source
    try:
        with catch_warnings():
            simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(file, formats=FORMATS)
        turn = _orientation(image)
        _fit(image)
        image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused(TOO_MANY) from None
    except UnidentifiedImageError:
        raise Refused(UNKNOWN) from None
    except (Refused, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - a decoder fails over a hostile file in any manner
        raise Refused(BROKEN) from None
    return image, turn


def _orientation(image: Image.Image) -> int:
    try:
        found = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - broken metadata is no reason to refuse the picture
        return 1
    return found if found in _TURNS else 1


def _fit(image: Image.Image) -> None:
    """Has a large JPEG read at a half, a quarter or an eighth. Raises `Refused` if it must."""
    if image.format in ("JPEG", "MPO"):
        held, full = _coefficients(image), image.size
        for part in (2, 4, 8):
            if _fits(image, held):
                return
            image.draft(None, (ceil(full[0] / part), ceil(full[1] / part)))
        if _fits(image, held):
            return
    elif _fits(image, 0):
        return
    raise Refused(TOO_MANY)


def _fits(image: Image.Image, held: int) -> bool:
    pixels = image.width * image.height
    each = _COPIES.get(image.format or "", 4)
    most = MOST_SEE_THROUGH if _is_see_through(image) else MOST_PIXELS
    return pixels <= most and pixels * each + held <= _MOST_BYTES


def _coefficients(image: Image.Image) -> int:
    """Bytes that a progressive JPEG takes beside its pixels: two for each of its coefficients."""
    if not image.info.get("progressive"):
        return 0
    layers = getattr(image, "layer", [])
    most = max((across * down for _, across, down, _ in layers), default=1)
    parts = sum(across * down for _, across, down, _ in layers)
    return int(2 * image.width * image.height * parts // max(most, 1))


def _size(image: Image.Image, turn: int) -> tuple[int, int]:
    return image.size if turn < 5 else (image.height, image.width)


def _bands(image: Image.Image, turn: int) -> Iterator[Image.Image]:
    """The upright picture in RGB, from the top in bands of some rows."""
    width, height = image.size
    rows = _size(image, turn)[1]
    for top in range(0, rows, _BAND):
        bottom = min(top + _BAND, rows)
        # Where these rows lie in the picture as it was stored.
        start, end = (rows - bottom, rows - top) if turn in (3, 4, 7, 8) else (top, bottom)
        part = (0, start, width, end) if turn < 5 else (start, 0, end, height)
        band = _rgb(image.crop(part))
        yield band.transpose(_TURNS[turn]) if turn in _TURNS else band


def _is_see_through(image: Image.Image) -> bool:
    return image.mode in _SEE_THROUGH or "transparency" in image.info


def _rgb(image: Image.Image) -> Image.Image:
    """In RGB, on white: what lies under a transparent place is not seen, so it is not kept."""
    if image.mode.startswith("I"):
        # 16 bits a pixel. Pillow would cut them off at 255.
        image = image.point(lambda value: value * (1 / 256)).convert("L")
    if _is_see_through(image):
        image = image if image.mode == "RGBA" else image.convert("RGBA")
        ground = Image.new("RGB", image.size, (255, 255, 255))
        ground.paste(image, mask=image)
        return ground
    return image.convert("RGB")


def _write(image: Image.Image, turn: int, target: BinaryIO) -> None:
    width, height = _size(image, turn)
    target.write(b"\x89PNG\r\n\x1a\n")
    # 8 bits a sample, RGB, the usual compression and filters, not interlaced.
    _chunk(target, b"IHDR", struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0))
    packer = zlib.compressobj(1, zlib.DEFLATED, 15, 9, zlib.Z_RLE)
    for band in _bands(image, turn):
        _chunk(target, b"IDAT", packer.compress(_filtered(band)))
    _chunk(target, b"IDAT", packer.flush())
    _chunk(target, b"IEND", b"")


def _filtered(band: Image.Image) -> bytes:
    """Each row as its differences from pixel to pixel: filter 1, "Sub"."""
    before = band.crop((-1, 0, band.width - 1, band.height))
    rows, length = ImageChops.subtract_modulo(band, before).tobytes(), 3 * band.width
    return b"".join(
        piece for at in range(0, len(rows), length) for piece in (b"\1", rows[at : at + length])
    )


def _chunk(target: BinaryIO, name: bytes, data: bytes) -> None:
    if not data and name == b"IDAT":
        return
    target.write(struct.pack(">I", len(data)) + name + data)
    target.write(struct.pack(">I", zlib.crc32(data, zlib.crc32(name))))
