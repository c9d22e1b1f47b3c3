"""Files that are made to do harm, and what each costs: `python -m tests.evidence.hostile`."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from shared import filetypes, pictures
from shared.errors import Refused
from tests.evidence import samples

AS = 512 * 1024 * 1024


def _flat(width: int, height: int, bits: int = 24) -> bytes:
    """The packed rows of a picture of nothing: a thousandth of its size."""
    packer, row = zlib.compressobj(9), bytes(1 + width * bits // 8)
    return b"".join([*(packer.compress(row) for _ in range(height)), packer.flush()])


def _progressive() -> bytes:
    return samples.picture("JPEG", Image.new("RGB", (6000, 4000)), progressive=True, subsampling=0)


def _text_bomb() -> bytes:
    data = samples.picture("PNG")
    text = samples.chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(200_000_000), 1))
    return data[:33] + text * 3 + data[33:]


def _colours_bomb() -> bytes:
    data = samples.picture("PNG")
    return (
        data[:33]
        + samples.chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(200_000_000), 1))
        + data[33:]
    )


def _gif_of(width: int, height: int) -> bytes:
    data = bytearray(samples.picture("GIF", samples.noise(10, 10)))
    data[6:10] = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    return bytes(data)


def _turned(height: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return samples.picture("PNG", Image.new("RGBA", (5000, height)), exif=exif)


def _office_bomb() -> bytes:
    return samples.docx({"word/bomb.xml": bytes(400_000_000)})


def _laughs() -> bytes:
    lines = ['<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a0 "ha">']
    lines += [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)]
    return samples.docx({"word/settings.xml": "".join([*lines, "]><a>&a11;</a>"])})


FILES: dict[str, Callable[[], bytes]] = {
    "zero bytes": lambda: b"",
    "zip bomb": lambda: samples.package({"a": bytes(400_000_000)}),
    "office bomb": _office_bomb,
    "office bomb of names": lambda: samples.docx({f"x{n}": b"" for n in range(60_000)}),
    "laughs in a document": _laughs,
    "PNG, 30,000 x 30,000 by its head": lambda: samples.png_of(30_000, 30_000),
    "PNG, 30,000 x 30,000 of nothing": lambda: samples.png_of(
        30_000, 30_000, _flat(30_000, 30_000)
    ),
    "PNG, 5000 x 5000 of nothing": lambda: samples.png_of(5000, 5000, _flat(5000, 5000)),
    "PNG, 5000 x 4100, turned, see-through": lambda: _turned(4100),
    "PNG, 5000 x 4900, turned, see-through": lambda: _turned(4900),
    "PNG, texts that unpack to 600 MB": _text_bomb,
    "PNG, colours that unpack to 200 MB": _colours_bomb,
    "PNG, cut in the middle": lambda: samples.picture("PNG")[:-5000],
    "PNG, rows missing": lambda: samples.png_of(4000, 4000, _flat(4000, 9)),
    "JPEG, 30,000 x 30,000 by its head": lambda: samples.jpeg_of(30_000, 30_000),
    "JPEG, 65,500 x 65,500 by its head": lambda: samples.jpeg_of(65_500, 65_500),
    "JPEG, 9000 x 9000 of nothing": lambda: samples.picture("JPEG", Image.new("L", (9000, 9000))),
    "JPEG, 6000 x 4000, progressive": _progressive,
    "JPEG, cut in the middle": lambda: samples.picture("JPEG")[:4000],
    "JPEG with a ZIP behind it": lambda: samples.picture("JPEG") + samples.package({"a": b"x"}),
    "GIF with a JAR behind it": lambda: (
        samples.picture("GIF") + samples.package({"A.class": b"x"})
    ),
    "GIF, 65,535 x 65,535 by its head": lambda: _gif_of(65_535, 65_535),
    "GIF, 5000 x 5000 by its head": lambda: _gif_of(5000, 5000),
    "WEBP, 16,383 x 1500 of nothing": lambda: samples.picture(
        "WEBP", Image.new("RGB", (16_383, 1500))
    ),
    "WEBP, 2300 x 2300 of nothing": lambda: samples.picture(
        "WEBP", Image.new("RGB", (2300, 2300))
    ),
    "a program that is called a picture": lambda: b"MZ\x90\0" + bytes(1_000_000),
    "a page that is called a PDF": lambda: b"<html>%PDF-1.4 <script>1</script>",
    "broken head of a PDF": lambda: b"%PDF-1.7\n" + bytes(range(256)) * 50,
    "broken head of a WEBP": lambda: b"RIFF\xff\xff\xff\xffWEBPVP8 " + bytes(200),
    "mp4 of endless boxes": lambda: (
        b"\0\0\0\x10ftypisom" + bytes(4) + b"\0\0\0\x08free" * 2_000_000
    ),
    "16 MB without an end of line": lambda: b"a" * 16_000_000,
}


def cost(data: bytes) -> dict[str, object]:
    """What came of a file in a process of its own: `came`, `seconds` of a core, `mb` at most."""
    with tempfile.TemporaryFile(dir="/dev/shm") as file:
        file.write(data)
        file.seek(0)
        words = [sys.executable, "-m", "tests.evidence.hostile", "-"]
        done = subprocess.run(words, stdin=file, capture_output=True, timeout=120, check=True)
    return dict(json.loads(done.stdout))


def _look() -> None:
    """In the process: what kind of file it is, and the picture made anew."""
    resource.setrlimit(resource.RLIMIT_AS, (AS, AS))
    began = time.process_time()
    try:
        kind = filetypes.kind_of(sys.stdin.buffer)
        came = kind.ending
        if kind.group == "picture":
            with Path("/dev/null").open("wb") as nowhere:
                pictures.rebuild_into(sys.stdin.buffer, nowhere)
            came = "rebuilt"
    except Refused:
        came = "refused"
    # Not `ru_maxrss`: a new process begins with that of the one that started it.
    most = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) // 1024
    told = {"came": came, "seconds": round(time.process_time() - began, 3), "mb": most}
    print(json.dumps(told))


def main() -> None:
    """Prints the table, or looks at the one file on standard input."""
    if sys.argv[1:] == ["-"]:
        _look()
        return
    for name, make in FILES.items():
        found = cost(make())
        print(f"{name:42} {found['came']:8} {found['seconds']:>7} s {found['mb']:>5} MB")


if __name__ == "__main__":
    main()
