"""exiftool finds nothing in what went through but what the format itself needs.

Each file goes in as people send it and comes out as a handler gets it.
"""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pypdf
import pytest

from api.rules import cleaning, workshop
from shared import filetypes
from tests import need
from tests.evidence import samples, sending
from tests.evidence.samples import MARK, PLACE, WORDS
from tests.service import Service

_FILM = (
    "MajorBrand MinorVersion CompatibleBrands Free Wide MovieDataSize MovieDataOffset MovieData "
    "MediaDataSize MediaDataOffset MediaData MovieHeaderVersion TimeScale Duration PreferredRate "
    "PreferredVolume MatrixStructure NextTrackID TrackHeaderVersion TrackID TrackDuration "
    "TrackLayer TrackVolume MediaHeaderVersion MediaTimeScale MediaDuration ImageWidth "
    "ImageHeight GraphicsMode OpColor CompressorID SourceImageWidth SourceImageHeight "
    "XResolution YResolution BitDepth AVCConfiguration PixelAspectRatio BufferSize MaxBitrate "
    "AverageBitrate VideoFrameRate SyncSampleTable CompositionTimeToSample TimeToSampleTable "
    "SampleToChunk SampleSizes ChunkOffset SampleGroupDescription SampleToGroup Balance "
    "AudioFormat AudioChannels AudioBitsPerSample AudioSampleRate PurchaseFileFormat LayoutFlags "
    "Unknown_edts Unknown_esds Unknown_btrt Unknown_mp4a"
)
_SOUND = "AudioChannels SampleRate"
NEEDED = {
    "png": "ImageWidth ImageHeight BitDepth ColorType Compression Filter Interlace",
    "pdf": "PDFVersion Linearized PageCount",
    "mp3": "MPEGAudioVersion AudioLayer AudioBitrate SampleRate ChannelMode MSStereo "
    "IntensityStereo CopyrightFlag OriginalMedia Emphasis",
    "ogg": f"VorbisVersion OpusVersion OutputGain NominalBitrate {_SOUND}",
    "wav": "Encoding NumChannels SampleRate AvgBytesPerSec BitsPerSample",
    "m4a": _FILM,
    "mp4": _FILM,
    "mov": _FILM,
    "3gp": _FILM,
    "webm": "EBMLVersion EBMLReadVersion DocType DocTypeVersion DocTypeReadVersion "
    "TimecodeScale TimestampScale Duration VideoFrameRate ImageWidth ImageHeight "
    "DisplayUnit AudioChannels AudioSampleRate AudioBitsPerSample TrackNumber TrackType CodecID "
    "VideoCodecID AudioCodecID VideoScanType EBMLMaxIDLength EBMLMaxSizeLength DefaultDuration "
    # Where its parts begin, the numbers of its tracks, colours, delay and pre-roll.
    "SeekID SeekPosition TrackUID TagTrackUID TrackLacing TrackDefault CodecPrivate "
    "Matroska_0x15b0 Matroska_0x16aa Matroska_0x16bb",
}
"""What exiftool may find: how long, how large, how packed."""
FIXED = {
    "CreateDate": "0000:00:00 00:00:00",
    "ModifyDate": "0000:00:00 00:00:00",
    "TrackCreateDate": "0000:00:00 00:00:00",
    "TrackModifyDate": "0000:00:00 00:00:00",
    "MediaCreateDate": "0000:00:00 00:00:00",
    "MediaModifyDate": "0000:00:00 00:00:00",
    "PreviewTime": "0 s",
    "PreviewDuration": "0 s",
    "PosterTime": "0 s",
    "SelectionTime": "0 s",
    "SelectionDuration": "0 s",
    "CurrentTime": "0 s",
    "Vendor": "ffmpeg",
    "VendorID": "FFmpeg",
    "MuxingApp": "Lavf",
    "WritingApp": "Lavf",
    "HandlerVendorID": "Apple",
    "HandlerClass": {"Media Handler", "Data Handler"},
    "HandlerType": {"Audio Track", "Video Track", "Metadata", "URL"},
    "HandlerDescription": {"SoundHandler", "VideoHandler", "DataHandler"},
    "MediaLanguageCode": {"und", "Unknown (32767)"},
    "TrackLanguage": "und",
    "Encoder": "Lavf",
}
"""What the format or its writer always has, with the values that say nothing."""


def found(folder: Path, name: str, data: bytes) -> dict[str, list[str]]:
    """What exiftool reads in a file of this name, all groups but those of the file itself."""
    file = folder / name
    file.write_bytes(data)
    words = [need.program("exiftool"), "-json", "-a", "-u", "-G1:4", str(file)]
    done = subprocess.run(words, capture_output=True, check=True, timeout=60)
    told: dict[str, list[str]] = {}
    for key, value in json.loads(done.stdout.decode("utf-8", "replace"))[0].items():
        group, _, tag = key.rpartition(":")
        if group.split(":")[0] not in ("", "File", "System", "ExifTool", "Composite"):
            told.setdefault(tag, []).append(str(value))
    return told


def says_nothing(folder: Path, name: str, data: bytes) -> None:
    """Fails for anything that the format doesn't need."""
    ending = name.rpartition(".")[2]
    told = found(folder, name, data)
    assert told
    for tag, values in told.items():
        if tag in FIXED:
            usual = FIXED[tag]
            allowed = usual if isinstance(usual, set) else {usual}
            assert set(values) <= allowed, (tag, values)
        else:
            assert tag in NEEDED[ending].split(), (tag, values)
    assert MARK.encode() not in data
    assert PLACE.encode() not in data


PICTURES: dict[str, Callable[[Path], bytes]] = {
    "photo.jpg": samples.jpeg,
    "shot.png": samples.png,
    "p.webp": samples.webp,
}


def cleaned(data: bytes) -> tuple[str, bytes]:
    """The ending and the bytes of a file once it was cleaned."""
    with workshop.memory_file() as given:
        given.write(data)
        after = cleaning.clean(given, filetypes.kind_of(data))
        assert after.cleaned
        with after.file as file:
            return after.kind.ending, file.read()


def test_it_works(service: Service, tmp_path: Path) -> None:
    data = samples.jpeg(tmp_path)
    assert found(tmp_path, "before.jpg", data)["Artist"] == [MARK]
    reference, token = service.open_case()
    stored = sending.hung(service, service.reporter(token), f"{MARK}.jpg", data)
    path, handler = f"/cases/{reference}", service.handler()
    for original in (False, True):
        answer = sending.fetch(service, handler, stored, path, original=original)
        assert answer.status_code == 200, answer.text
        says_nothing(tmp_path, "after.png", answer.data)


@pytest.mark.parametrize("name", PICTURES)
def test_pictures(tmp_path: Path, name: str) -> None:
    data = PICTURES[name](tmp_path)
    assert [MARK] in found(tmp_path, name, data).values()
    ending, after = cleaned(data)
    says_nothing(tmp_path, f"after.{ending}", after)


def test_a_pdf(tmp_path: Path) -> None:
    need.program("mat2")
    data = samples.pdf(tmp_path)
    assert found(tmp_path, "before.pdf", data)["Author"] == [MARK]
    ending, after = cleaned(data)
    says_nothing(tmp_path, f"after.{ending}", after)
    read = pypdf.PdfReader(io.BytesIO(after))
    assert not read.metadata
    assert len(read.pages) == 2
    assert read.xmp_metadata is None


@pytest.mark.parametrize("ending", samples.RECORDINGS)
def test_recordings(tmp_path: Path, ending: str) -> None:
    data = samples.recording(tmp_path, ending)
    assert MARK.encode() in data
    made, after = cleaned(data)
    says_nothing(tmp_path, f"after.{made}", after)


def test_a_cover_and_other_tracks_are_left_out(tmp_path: Path) -> None:
    cover = tmp_path / "cover.jpg"
    cover.write_bytes(samples.jpeg(tmp_path))
    song, made = tmp_path / "song.mp3", tmp_path / "covered.mp3"
    song.write_bytes(samples.recording(tmp_path, "mp3"))
    words = ["-i", str(song), "-i", str(cover), "-map", "0", "-map", "1", "-c", "copy", str(made)]
    subprocess.run([need.program("ffmpeg"), "-v", "error", *words], check=True, timeout=60)
    data = made.read_bytes() + b"APETAGEX" + MARK.encode() + bytes(100)
    says_nothing(tmp_path, "after.mp3", cleaned(data)[1])


@pytest.mark.parametrize(
    "apart", ["bwrap", *(pytest.param(one, marks=pytest.mark.ordeal) for one in ("unshare", ""))]
)
@pytest.mark.parametrize("make", [samples.docx, samples.xlsx, samples.odt])
def test_office(monkeypatch: pytest.MonkeyPatch, make: Callable[[], bytes], apart: str) -> None:
    need.program("mat2")
    if apart:
        need.apart(apart)
    monkeypatch.setattr(workshop, "apartness", lambda: apart)
    _, after = cleaned(make())
    with zipfile.ZipFile(io.BytesIO(after)) as package:
        parts = {one.filename: package.read(one) for one in package.infolist()}
        assert {one.date_time for one in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    text = b"".join(parts.values())
    assert MARK.encode() not in text
    assert WORDS.encode() in text
    for of_its_making in (b"rsid", b"dotm", b"revision", b"creator", b"TotalTime"):
        assert of_its_making not in text
    assert not any("humbnail" in one for one in parts)


def test_text_and_voice_messages_are_as_they_were() -> None:
    for data in ("żółw\n".encode("utf-16"), samples.amr()):
        assert cleaned(data)[1] == data
