"""Files as people send them, with all that they say of their making: each holds `MARK`."""

from __future__ import annotations

import io
import struct
import subprocess
import zipfile
import zlib
from pathlib import Path

from PIL import Image

from tests import need

MARK = "Undercover Reporter"
PLACE = "52.205"


def noise(width: int = 320, height: int = 240) -> Image.Image:
    """A picture that no two parts of are alike."""
    return Image.merge("RGB", [Image.effect_noise((width, height), 90) for _ in range(3)])


def picture(kind: str, image: Image.Image | None = None, **more: object) -> bytes:
    """A picture as JPEG, PNG, WEBP, GIF, ..."""
    file = io.BytesIO()
    (image or noise()).save(file, kind, **more)
    return file.getvalue()


def marked(folder: Path, name: str, data: bytes, *tags: str) -> bytes:
    """The same file after exiftool wrote these tags into it."""
    file = folder / name
    file.write_bytes(data)
    words = [need.program("exiftool"), "-q", "-overwrite_original", *tags, str(file)]
    subprocess.run(words, check=True, timeout=60)
    return file.read_bytes()


def jpeg(folder: Path) -> bytes:
    """A photo with EXIF, GPS, XMP, IPTC, a maker's name, a comment and a small picture inside."""
    small = folder / "small.jpg"
    small.write_bytes(picture("JPEG", noise(80, 60)))
    return marked(
        folder, "photo.jpg", picture("JPEG", quality=90),
        f"-EXIF:Artist={MARK}", f"-EXIF:SerialNumber={MARK}", "-EXIF:Make=Phone",
        "-EXIF:DateTimeOriginal=2026:03:13 10:18:00", f"-GPSLatitude={PLACE}", "-GPSLatitudeRef=N",
        f"-XMP:Creator={MARK}", f"-IPTC:By-line={MARK}", f"-Comment={MARK}",
        f"-ThumbnailImage<={small}",
    )  # fmt: skip


def png(folder: Path) -> bytes:
    """A screenshot with texts, XMP, EXIF and a time."""
    return marked(
        folder, "shot.png", picture("PNG"), f"-PNG:Author={MARK}", f"-PNG:Comment={MARK}",
        f"-XMP:Creator={MARK}", f"-EXIF:Artist={MARK}", "-PNG:ModifyDate=2026:03:13 10:18:00",
    )  # fmt: skip


def webp(folder: Path) -> bytes:
    """A picture of the web with XMP and EXIF."""
    return marked(
        folder, "p.webp", picture("WEBP"), f"-XMP:Creator={MARK}", f"-EXIF:Artist={MARK}"
    )


def pdf(folder: Path) -> bytes:
    """A document of two pages with the usual information, and XMP."""
    pages = io.BytesIO()
    noise(200, 300).save(pages, "PDF", save_all=True, append_images=[noise(200, 300)], title=MARK,
                         author=MARK, producer=MARK)  # fmt: skip
    return marked(
        folder, "d.pdf", pages.getvalue(), f"-XMP:Creator={MARK}", f"-PDF:Keywords={MARK}"
    )


_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_X = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_TYPES = "application/vnd.openxmlformats-officedocument"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
WORDS = "He shouted at me in the mess room."


def _types(**parts: str) -> str:
    """`[Content_Types].xml` of these parts."""
    told = "".join(
        f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in parts.items()
    )
    return (
        f'<?xml version="1.0"?><Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{told}</Types>'
    )


def docx(more: dict[str, bytes | str] | None = None) -> bytes:
    """A document of Word with author, remarks, template, revisions and their ids."""
    document = (
        f'<?xml version="1.0"?><w:document {_W}><w:body><w:p w:rsidR="00A77B3E"><w:r><w:t>{WORDS}'
        f'</w:t></w:r><w:del w:id="1" w:author="{MARK}" w:date="2026-03-13T10:18:00Z"><w:r>'
        f"<w:delText>{MARK} deleted</w:delText></w:r></w:del></w:p></w:body></w:document>"
    )
    core = (
        '<?xml version="1.0"?><cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/'
        'package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:creator>{MARK}</dc:creator><dc:description>{MARK}</dc:description>"
        f"<cp:lastModifiedBy>{MARK}</cp:lastModifiedBy><cp:revision>17</cp:revision>"
        "</cp:coreProperties>"
    )
    app = (
        '<?xml version="1.0"?><Properties xmlns="http://schemas.openxmlformats.org/'
        f'officeDocument/2006/extended-properties"><Template>{MARK}.dotm</Template>'
        f"<TotalTime>42</TotalTime><Company>{MARK}</Company></Properties>"
    )
    main = f"{_TYPES}.wordprocessingml.document.main+xml"
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": _types(
            **{
                "/word/document.xml": main,
                "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
                "/docProps/app.xml": f"{_TYPES}.extended-properties+xml",
            }
        ),
        "_rels/.rels": f'<?xml version="1.0"?><Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATED}/officeDocument" Target="word/document.xml"/>'
        "</Relationships>",
        "word/document.xml": document,
        "docProps/core.xml": core,
        "docProps/app.xml": app,
    }
    return package(parts | (more or {}))


def xlsx() -> bytes:
    """A table of Excel that says the same of its making as `docx`."""
    with zipfile.ZipFile(io.BytesIO(docx())) as document:
        parts = {name: document.read(name).decode() for name in document.namelist()}
    del parts["word/document.xml"]
    for name in ("[Content_Types].xml", "_rels/.rels"):
        changed = parts[name].replace("word/document.xml", "xl/workbook.xml")
        parts[name] = changed.replace("wordprocessingml.document", "spreadsheetml.sheet")
    start, one = '<?xml version="1.0"?>', "worksheets/sheet1.xml"
    of_sheet = (
        f'<Override PartName="/xl/{one}" ContentType="{_TYPES}.spreadsheetml.worksheet+xml"/>'
    )
    types = parts["[Content_Types].xml"].replace("</Types>", f"{of_sheet}</Types>")
    made = {
        "[Content_Types].xml": types,
        "xl/workbook.xml": f'{start}<workbook {_X} xmlns:r="{_RELATED}"><sheets>'
        '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{start}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATED}/worksheet" Target="{one}"/></Relationships>',
        f"xl/{one}": f'{start}<worksheet {_X}><sheetData><row r="1"><c r="A1" t="inlineStr">'
        f"<is><t>{WORDS}</t></is></c></row></sheetData></worksheet>",
    }
    return package({**parts, **made})


def odt() -> bytes:
    """A document of LibreOffice with its author and a small picture of it."""
    office = "urn:oasis:names:tc:opendocument:xmlns"
    spaces = f'xmlns:office="{office}:office:1.0" xmlns:text="{office}:text:1.0"'
    meta = (
        f'<?xml version="1.0"?><office:document-meta {spaces} '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta>'
        f"<dc:creator>{MARK}</dc:creator></office:meta></office:document-meta>"
    )
    content = (
        f'<?xml version="1.0"?><office:document-content {spaces}><office:body><office:text>'
        f"<text:p>{WORDS}</text:p></office:text></office:body></office:document-content>"
    )
    manifest = (
        f'<?xml version="1.0"?><manifest:manifest xmlns:manifest="{office}:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="/" manifest:media-type='
        '"application/vnd.oasis.opendocument.text"/></manifest:manifest>'
    )
    return package(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": content,
            "meta.xml": meta,
            "META-INF/manifest.xml": manifest,
            "Thumbnails/thumbnail.png": picture("PNG", noise(20, 20)),
        }
    )


def package(parts: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP file of these members, in this order."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        for name, data in parts.items():
            made.writestr(name, data, zipfile.ZIP_STORED if name == "mimetype" else method)
    return file.getvalue()


SOUND = ("-f", "lavfi", "-i", "sine=d=1:r=8000")
FILM = ("-f", "lavfi", "-i", "testsrc=d=1:s=160x120:r=10")
TOLD = (
    "-metadata", f"title={MARK}", "-metadata", f"artist={MARK}", "-metadata", f"comment={MARK}",
    "-metadata", f"location=+{PLACE}+0.119/", "-metadata", "creation_time=2026-03-13T10:18:00Z",
)  # fmt: skip
RECORDINGS: dict[str, tuple[str, ...]] = {
    "mp3": SOUND,
    "m4a": SOUND,
    "ogg": (*SOUND, "-c:a", "libvorbis"),
    "opus": (*SOUND, "-c:a", "libopus"),
    "wav": SOUND,
    "mp4": (*FILM, *SOUND, "-ac", "1"),
    "mov": (*FILM, *SOUND, "-ac", "1"),
    "3gp": (*FILM, *SOUND, "-ac", "1", "-c:v", "h264", "-c:a", "aac"),
    "webm": (*FILM, *SOUND, "-c:v", "libvpx", "-c:a", "libopus"),
}


def recording(folder: Path, ending: str) -> bytes:
    """A second of sound or film, with title, artist, place and time."""
    file = folder / f"r.{ending}"
    words = [need.program("ffmpeg"), "-v", "error", "-y", *RECORDINGS[ending], *TOLD, str(file)]
    subprocess.run(words, check=True, timeout=60)
    return file.read_bytes()


def amr(frames: int = 50) -> bytes:
    """A voice message: frames of 12.2 kbit/s."""
    return b"#!AMR\n" + (b"\x3c" + bytes(31)) * frames


def chunk(name: bytes, data: bytes) -> bytes:
    """A chunk of a PNG file."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_of(width: int, height: int, rows: bytes = b"", colours: int = 2) -> bytes:
    """A PNG file whose head claims this size, and whose rows are these, packed already."""
    head = struct.pack(">2I5B", width, height, 8, colours, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpeg_of(width: int, height: int) -> bytes:
    """A small JPEG file whose head claims this size."""
    data = bytearray(picture("JPEG", noise(64, 64)))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)
