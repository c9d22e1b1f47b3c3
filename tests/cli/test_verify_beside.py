"""`wren verify`: whether files beside a case file, or beside a proof, are those that it means."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.api.exporting import files
from tests.cli.case_files import CHANGED, CUT, FOREIGN, NAME, SENTENCE, picture_in, put, told
from tests.cli.conftest import Deployment
from tests.service import Service


def test_a_file_beside_a_case_file(
    deployment: Deployment, case_file: bytes, tmp_path: Path
) -> None:
    found, path = files(case_file), put(tmp_path, case_file)
    inside = picture_in(found)
    same = put(tmp_path, found[inside], "renamed.png")
    result = deployment.wren("verify", path, same)
    assert result.exit_code == 0, result.output
    assert f"renamed.png: the very file of {inside} in this case file." in result.output
    other = put(tmp_path, found[inside] + b" ", inside.rpartition("/")[2])
    said = deployment.refused("verify", path, same, other, code=CHANGED)
    assert "has a file of this name with other bytes" in said


@pytest.fixture
def kept(service: Service, tmp_path: Path) -> tuple[str, str, bytes]:
    """A proof in a file, the words, and the picture that it speaks of."""
    _, token, picture = told(service)
    found = service.get("/case/proof", service.reporter(token)).get_json()
    return put(tmp_path, json.dumps(found).encode(), "proof.json"), token, picture


def test_a_file_beside_a_proof(
    deployment: Deployment, kept: tuple[str, str, bytes], tmp_path: Path
) -> None:
    path, token, picture = kept
    beside = put(tmp_path, picture, "another name.png")
    result = deployment.wren("verify", path, beside, typed=f"{token}\n")
    assert result.exit_code == 0, result.output
    assert "another name.png: the very file of message 2." in result.output
    assert f"{NAME}, image/png, {len(picture)} bytes" in result.output
    assert result.output.splitlines()[-1] == SENTENCE


@pytest.mark.parametrize(
    ("name", "change", "code", "sentence"),
    [
        (NAME, lambda data: data[:-1] + b"x", CHANGED, "CHANGED: message 2 has a file of this"),
        (NAME, lambda data: data + b"x", CHANGED, "CHANGED: message 2 has a file of this"),
        (NAME, lambda data: data[:-1], CUT, "CUT: "),
        (NAME, lambda _data: b"", CUT, "CUT: 0 of the "),
        ("other.png", lambda data: data[:-1], FOREIGN, "none of the files that this speaks of"),
    ],
    ids=["changed", "longer", "cut", "empty", "foreign"],
)
def test_a_file_that_is_not_the_one(
    deployment: Deployment,
    kept: tuple[str, str, bytes],
    tmp_path: Path,
    name: str,
    change: Callable[[bytes], bytes],
    code: int,
    sentence: str,
) -> None:
    path, token, picture = kept
    beside = put(tmp_path, change(picture), name)
    said = deployment.refused("verify", path, beside, typed=f"{token}\n", code=code)
    assert said.startswith(f"{name}: ")
    assert sentence in said


def test_without_the_words_no_file_is_compared(
    deployment: Deployment, kept: tuple[str, str, bytes], tmp_path: Path
) -> None:
    path, _, picture = kept
    result = deployment.wren("verify", path)
    assert result.exit_code == 0, result.output
    assert "Files: 1. They can only be checked with the eight words." in result.output
    assert NAME not in result.output
    said = deployment.refused("verify", path, put(tmp_path, picture, NAME), code=FOREIGN)
    assert said == "Without the eight words no file can be compared with this proof."


def test_an_attachment_that_was_left_out_of_the_proof(
    deployment: Deployment, kept: tuple[str, str, bytes]
) -> None:
    path, token, _ = kept
    found = json.loads(Path(path).read_text())
    assert len(found["attachments"]) == 1
    Path(path).write_text(json.dumps({**found, "attachments": []}))
    result = deployment.wren("verify", path, typed=f"{token}\n")
    assert result.exit_code == CHANGED
    assert "FAILS: " in result.output
    assert "This proof does not hold." in result.stderr
