"""Pictures are made anew from their pixels: upright, nothing else, and what is covered is gone."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

import pytest
from PIL import Image, ImageOps

from shared import pictures
from shared.errors import Refused
from tests.evidence import samples


def opened(data: bytes) -> Image.Image:
    """What came out, as a reader of PNG has it."""
    image = Image.open(io.BytesIO(data), formats=["PNG"])
    image.load()
    return image


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a PNG file, to its very end."""
    at = 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length
    assert at == len(data)


def test_it_works() -> None:
    image = samples.noise(500, 333)
    data = samples.picture("PNG", image, pnginfo=None, dpi=(72, 72))
    made = pictures.rebuild(data)
    assert opened(made).tobytes() == image.tobytes()
    assert opened(made).info == {}
    assert {name for name, _ in chunks(made)} == {b"IHDR", b"IDAT", b"IEND"}
    assert pictures.rebuild(io.BytesIO(data)) == made


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "GIF"])
def test_other_kinds(kind: str) -> None:
    data = samples.picture(kind)
    expected = Image.open(io.BytesIO(data)).convert("RGB")
    assert opened(pictures.rebuild(data)).tobytes() == expected.tobytes()


@pytest.mark.parametrize("turn", range(1, 9))
def test_it_stands_upright(turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    data = samples.picture("PNG", samples.noise(201, 130), exif=exif)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    assert opened(pictures.rebuild(data)).size == expected.size
    assert opened(pictures.rebuild(data)).tobytes() == expected.convert("RGB").tobytes()
    assert pictures.open_picture(data).tobytes() == expected.convert("RGB").tobytes()


def test_what_lies_under_a_transparent_place_is_gone() -> None:
    image = Image.new("RGBA", (40, 20), (200, 10, 10, 0))
    image.paste((0, 0, 255, 255), (20, 0, 40, 20))
    made = opened(pictures.rebuild(samples.picture("PNG", image)))
    assert made.getpixel((5, 5)) == (255, 255, 255)
    assert made.getpixel((30, 5)) == (0, 0, 255)
    pale = Image.new("P", (8, 8), 3)
    pale.putpalette([10, 20, 30] * 256)
    made = opened(pictures.rebuild(samples.picture("PNG", pale, transparency=3)))
    assert made.getpixel((2, 2)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA"])
def test_every_mode(mode: str) -> None:
    image = samples.noise(70, 70).convert(mode)
    assert opened(pictures.rebuild(samples.picture("PNG", image))).mode == "RGB"


def test_sixteen_bits_are_not_cut_off() -> None:
    grey = Image.new("I;16", (8, 8), 128 * 256)
    made = opened(pictures.rebuild(samples.picture("PNG", grey)))
    assert made.getpixel((4, 4)) == (128, 128, 128)


def test_black_is_in_the_pixels() -> None:
    image = samples.noise(100, 80)
    covered = pictures.black_out(image, [(10.5, 20.5, 30.2, 40), (95, 70, 400, 400), (5, 5, 5, 9)])
    assert image.getpixel((15, 25)) != (0, 0, 0)
    made = opened(pictures.save(covered))
    # Each pixel that a box touches, and none beside it.
    assert made.crop((10, 20, 31, 40)).getextrema() == ((0, 0), (0, 0), (0, 0))
    assert made.crop((95, 70, 100, 80)).getextrema() == ((0, 0), (0, 0), (0, 0))
    assert made.crop((0, 0, 100, 20)).tobytes() == image.crop((0, 0, 100, 20)).tobytes()
    assert made.crop((31, 20, 95, 80)).tobytes() == image.crop((31, 20, 95, 80)).tobytes()


def test_a_box_may_be_drawn_from_any_corner() -> None:
    image = samples.noise(50, 50)
    one = pictures.black_out(image, [(10, 10, 20, 20)])
    assert pictures.black_out(image, [(20, 20, 10, 10)]).tobytes() == one.tobytes()


def test_cropping() -> None:
    image = samples.noise(100, 80)
    part = pictures.crop(image, (10, 20, 200, 60))
    assert part.tobytes() == image.crop((10, 20, 100, 60)).tobytes()
    with pytest.raises(Refused):
        pictures.crop(image, (100, 0, 120, 80))


def test_a_large_photo_is_read_at_a_half() -> None:
    data = samples.picture("JPEG", Image.new("RGB", (7000, 5000), (10, 200, 30)))
    made = pictures.open_picture(data)
    assert made.size == (3500, 2500)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        samples.picture("PNG")[:-200],
        samples.picture("JPEG")[:2000],
        samples.picture("TIFF"),
        samples.picture("BMP"),
        samples.png_of(30_000, 30_000),
        samples.jpeg_of(30_000, 30_000),
        samples.png_of(0, 10),
    ],
)
def test_what_is_refused(data: bytes) -> None:
    with pytest.raises(Refused) as refused:
        pictures.rebuild(data)
    assert refused.value.detail in (pictures.TOO_MANY, pictures.BROKEN, pictures.UNKNOWN)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_what_hangs_on_behind_is_lost(kind: str) -> None:
    data = samples.picture(kind)
    made = pictures.rebuild(data + samples.package({"evil.class": b"EVIL" * 100}, 0))
    assert made == pictures.rebuild(data)
    assert b"EVIL" not in made
