"""`wren verify` of case files: sound, changed, cut, foreign, and with a time stamp."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from shared.sealing import proof
from shared.sealing.encoding import b64
from tests import authority
from tests.api.exporting import ask, files
from tests.cli.case_files import (
    CHANGED,
    CUT,
    FOREIGN,
    NEWER,
    SENTENCE,
    picture_in,
    put,
    repacked,
    told,
)
from tests.cli.conftest import Deployment
from tests.service import Service

# --- case files ---------------------------------------------------------------------------


def test_it_works(deployment: Deployment, case_file: bytes, tmp_path: Path) -> None:
    result = deployment.wren("verify", put(tmp_path, case_file))
    assert result.exit_code == 0, result.output
    assert "Organisation  eeast\n" in result.output
    assert ", by handler-1\n" in result.output
    assert "Signature     holds, by the organisation's receipt key" in result.output
    assert "Time stamp    none" in result.output
    found = files(case_file)
    for name in ("case.pdf", picture_in(found)):
        assert f"{name}: as it was signed" in result.output
    assert result.output.splitlines()[-1] == SENTENCE
    assert "compare this with the end of the poster's address" in result.output


def test_for_sharing(deployment: Deployment, service: Service, tmp_path: Path) -> None:
    reference, *_ = told(service)
    answer = ask(service, reference, {"kind": "sharing", "summary": "An invented summary."})
    result = deployment.wren("verify", put(tmp_path, answer.data))
    assert result.exit_code == 0, result.output
    assert ", sharing\n" in result.output


def test_the_fingerprint_of_the_poster(
    deployment: Deployment, service: Service, tmp_path: Path
) -> None:
    reference, token, _ = told(service)
    path = put(tmp_path, ask(service, reference).data)
    kept = service.get("/case/proof", service.reporter(token)).get_json()
    right = b64(proof.verify(kept).roster.fingerprint)
    result = deployment.wren("verify", path, "--roster", right)
    assert result.exit_code == 0, result.output
    assert "compare this" not in result.output
    said = deployment.refused("verify", path, "--roster", b64(bytes(16)), code=FOREIGN)
    assert said == "This case file's roster is not the one of the poster."


def test_it_needs_no_deployment(deployment: Deployment, case_file: bytes, tmp_path: Path) -> None:
    (deployment.place / "secret").unlink()
    (deployment.place / "wren.db").unlink()
    assert deployment.wren("verify", put(tmp_path, case_file)).exit_code == 0


def flip(name: str) -> Callable[[dict[str, bytes]], None]:
    """What changes the last bit of a file."""

    def apply(found: dict[str, bytes]) -> None:
        found[name] = found[name][:-1] + bytes([found[name][-1] ^ 1])

    return apply


def flip_picture(found: dict[str, bytes]) -> None:
    flip(picture_in(found))(found)


def lengthen(found: dict[str, bytes]) -> None:
    found["case.pdf"] += b"\n"


def take_out(found: dict[str, bytes]) -> None:
    del found[picture_in(found)]


def add(found: dict[str, bytes]) -> None:
    found["evidence/99.png"] = b"added"


def say_another_day(found: dict[str, bytes]) -> None:
    told = json.loads(found["manifest.json"])
    found["manifest.json"] = json.dumps({**told, "made_on": "2020-01-31"}).encode()


def take_out_of_both(found: dict[str, bytes]) -> None:
    name, told = picture_in(found), json.loads(found["manifest.json"])
    told["files"] = [one for one in told["files"] if one["name"] != name]
    found["manifest.json"] = json.dumps(told).encode()
    del found[name]


def other_roster(found: dict[str, bytes]) -> None:
    told = json.loads(found["roster.json"])
    told["records"] = told["records"][1:]
    found["roster.json"] = json.dumps(told).encode()


UNSIGNED = "The signature does not hold: the manifest was changed, or is another's."
TAMPERED = {
    "the PDF": (flip("case.pdf"), "case.pdf: CHANGED."),
    "the PDF, longer": (lengthen, "case.pdf: CHANGED."),
    "the picture": (flip_picture, "CHANGED."),
    "the picture is taken out": (take_out, "TAKEN OUT."),
    "a file is added": (add, "evidence/99.png: ADDED after it was signed."),
    "the manifest's day": (say_another_day, UNSIGNED),
    "taken out of the manifest too": (take_out_of_both, UNSIGNED),
    "the manifest is no JSON": (flip("manifest.json"), None),
    "no signature": (lambda found: found.pop("manifest.signature.json"), "is missing"),
    "no roster": (lambda found: found.pop("roster.json"), "is missing"),
    "a roster without its beginning": (other_roster, "roster.json was changed"),
    "a stamp that is none": (
        lambda found: found.update({"manifest.tsr": b"x"}), "manifest.tsr: ",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERED)
def test_a_changed_case_file(
    deployment: Deployment, case_file: bytes, tmp_path: Path, name: str
) -> None:
    change, sentence = TAMPERED[name]
    path = put(tmp_path, repacked(case_file, change))
    said = deployment.refused("verify", path, code=CHANGED)
    assert (sentence or "") in said


def test_packed_anew_it_still_holds(
    deployment: Deployment, case_file: bytes, tmp_path: Path
) -> None:
    path = put(tmp_path, repacked(case_file, lambda _found: None))
    assert deployment.wren("verify", path).exit_code == 0


def test_bits_changed_on_the_way(deployment: Deployment, case_file: bytes, tmp_path: Path) -> None:
    broken = bytearray(case_file)
    with zipfile.ZipFile(io.BytesIO(case_file)) as archive:
        at = archive.getinfo("case.pdf").header_offset
    broken[at + 2_000] ^= 1
    said = deployment.refused("verify", put(tmp_path, bytes(broken)), code=CHANGED)
    assert said == "case.pdf: CHANGED."


@pytest.mark.parametrize("kept", [0.01, 0.5, 0.999])
def test_a_case_file_that_is_cut(
    deployment: Deployment, case_file: bytes, tmp_path: Path, kept: float
) -> None:
    path = put(tmp_path, case_file[: int(len(case_file) * kept)])
    said = deployment.refused("verify", path, code=CUT)
    assert said == "This file is cut: its end is missing. Fetch it again."


def test_another_zip(deployment: Deployment, tmp_path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a.txt", "An invented text.")
    said = deployment.refused("verify", put(tmp_path, made.getvalue()), code=FOREIGN)
    assert said == "This ZIP is not a case file of Wren."


def test_a_newer_case_file(deployment: Deployment, case_file: bytes, tmp_path: Path) -> None:
    def newer(found: dict[str, bytes]) -> None:
        told = json.loads(found["manifest.json"])
        found["manifest.json"] = json.dumps({**told, "format": "wren-case-file/2"}).encode()

    said = deployment.refused("verify", put(tmp_path, repacked(case_file, newer)), code=NEWER)
    assert said == "This case file is of another version of Wren. Update it."


# --- time stamps --------------------------------------------------------------------------


@pytest.fixture
def stamped(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[bytes, Path]:
    """A case file with a time stamp, and the authority's root."""
    (tmp_path / "authority").mkdir()
    with authority.running(tmp_path / "authority") as running:
        config = replace(service.database.config, timestamp_authority=running.url)
        monkeypatch.setattr(service.database, "config", config)
        return ask(service, told(service)[0]).data, running.root


def test_a_time_stamp(deployment: Deployment, stamped: tuple[bytes, Path], tmp_path: Path) -> None:
    path = put(tmp_path, stamped[0])
    result = deployment.wren("verify", path)
    assert result.exit_code == 0, result.output
    assert "to check that, give --authority" in result.output
    result = deployment.wren("verify", path, "--authority", str(stamped[1]))
    assert result.exit_code == 0, result.output
    assert "UTC, signed by CN=An invented authority\n" in result.output


def test_another_authority(
    deployment: Deployment, stamped: tuple[bytes, Path], tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    with authority.running(tmp_path / "other") as other:
        given = ("verify", put(tmp_path, stamped[0]), "--authority", str(other.root))
        said = deployment.refused(*given, code=CHANGED)
    assert said == ("manifest.tsr: The time stamp is not signed by the authority that was given.")


def test_a_stamp_of_another_case_file(
    deployment: Deployment, service: Service, stamped: tuple[bytes, Path], tmp_path: Path
) -> None:
    token = files(stamped[0])["manifest.tsr"]
    other = ask(service, service.open_case()[0]).data
    path = put(tmp_path, repacked(other, lambda found: found.update({"manifest.tsr": token})))
    said = deployment.refused("verify", path, code=CHANGED)
    assert said.startswith("manifest.tsr: ")


def test_what_is_no_certificate(deployment: Deployment, case_file: bytes, tmp_path: Path) -> None:
    path, wrong = put(tmp_path, case_file), put(tmp_path, b"none", "wrong.pem")
    result = deployment.wren("verify", path, "--authority", wrong)
    assert result.exit_code == 2
    assert "give a file of certificates in PEM" in result.stderr
