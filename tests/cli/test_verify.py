"""`wren verify`: a proof that holds, and one for each way in which it can't."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from shared.errors import BadSignature, BrokenChain, Damaged, UnknownVersion
from shared.sealing import proof
from shared.sealing.encoding import b64, unb64
from shared.sealing.tokens import encode
from tests.cli.conftest import Deployment
from tests.service import Service


@pytest.fixture
def case(deployment: Deployment) -> tuple[dict[str, Any], str]:
    """A proof of a report and a message, and the words."""
    service = Service(deployment.url, deployment.handlers)
    _, token = service.open_case(content={"story": "An invented story.", "when": "In spring"})
    bearer = service.reporter(token)
    message = {"id": str(uuid4()), "content": {"text": "An invented answer."}}
    assert service.post("/case/messages", message, bearer).status_code == 201
    found = service.get("/case/proof", bearer).get_json()
    service.close()
    return found, token


FOREIGN, CUT, NEWER, MISUSED = 4, 3, 5, 2


def written(case: tuple[dict[str, Any], str], place: Path) -> str:
    path = place / "proof.json"
    path.write_text(json.dumps(case[0]))
    return str(path)


def fingerprint(case: tuple[dict[str, Any], str]) -> str:
    return b64(proof.verify(case[0]).roster.fingerprint)


def test_it_works(
    deployment: Deployment, case: tuple[dict[str, Any], str], tmp_path: Path
) -> None:
    result = deployment.wren("verify", written(case, tmp_path))
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[:3] == [
        "Organisation  eeast",
        f"Case          {case[0]['case_id']}",
        f"Roster        {fingerprint(case)}",
    ]
    assert lines[3].strip() == "compare this with the end of the poster's address"
    assert "Message 1, reporter, stored on" in result.output
    assert result.output.count(": holds") == 2
    assert lines[-1] == "Everything that was checked holds."
    assert "invented" not in result.output


def test_with_the_words_it_shows_the_text(
    deployment: Deployment, case: tuple[dict[str, Any], str], tmp_path: Path
) -> None:
    result = deployment.wren("verify", written(case, tmp_path), typed=f"{case[1].upper()}\n")
    assert result.exit_code == 0, result.output
    for text in ("story: An invented story.", "when: In spring", "text: An invented answer."):
        assert f"  {text}\n" in result.output
    assert case[1] not in result.output


@pytest.mark.parametrize("before", ["", "https://wren.example/o/eeast#"])
def test_the_posters_fingerprint(
    deployment: Deployment, case: tuple[dict[str, Any], str], tmp_path: Path, before: str
) -> None:
    given = before + fingerprint(case)
    result = deployment.wren("verify", written(case, tmp_path), "--roster", given)
    assert result.exit_code == 0, result.output
    assert "compare this" not in result.output


def test_the_fingerprint_of_another_poster(
    deployment: Deployment, case: tuple[dict[str, Any], str], tmp_path: Path
) -> None:
    given = ("verify", written(case, tmp_path), "--roster", b64(bytes(16)))
    said = deployment.refused(*given, code=FOREIGN)
    assert said == "This proof's roster is not the one of the poster."


@pytest.mark.parametrize("given", ["abc", "!", "https://wren.example/o/eeast", "A" * 44])
def test_what_is_no_fingerprint(
    deployment: Deployment, case: tuple[dict[str, Any], str], tmp_path: Path, given: str
) -> None:
    said = deployment.refused("verify", written(case, tmp_path), "--roster", given)
    assert said == "--roster: give what follows # in the poster's address."


def flipped(text: str, at: int = -1) -> str:
    raw = bytearray(unb64(text))
    raw[at] ^= 1
    return b64(bytes(raw))


def change(*path: str | int, to: Callable[[Any], Any]) -> Callable[[dict[str, Any]], None]:
    """What changes one place of a proof."""

    def apply(found: Any) -> None:
        for one in path[:-1]:
            found = found[one]
        found[path[-1]] = to(found[path[-1]])

    return apply


TAMPERED = {
    "another format": (change("format", to=lambda old: "wren-proof/2"), UnknownVersion.default),
    "no proof": (change("format", to=lambda old: "x"), "This is not a proof file of Wren."),
    "another organisation": (change("organisation", to=lambda old: "other"), BrokenChain.default),
    "another case": (change("case_id", to=lambda old: str(uuid4())), BrokenChain.default),
    "a roster's signature": (change("roster", 0, "signature", to=flipped), BrokenChain.default),
    "a roster's record left out": (
        change("roster", to=lambda old: [old[0], *old[2:]]),
        BrokenChain.default,
    ),
    "an epoch's signature": (change("epochs", 0, "signature", to=flipped), BrokenChain.default),
    "no epoch": (change("epochs", to=lambda old: []), BrokenChain.default),
    "an envelope": (
        change("messages", 1, "envelope", to=flipped),
        "This proof does not hold.",
    ),
    "an envelope cut short": (
        change("messages", 1, "envelope", to=lambda old: old[:100]),
        "This proof does not hold.",
    ),
    "a receipt": (
        change("messages", 0, "receipt", "signature", to=flipped),
        "This proof does not hold.",
    ),
    "a day": (
        change("messages", 0, "receipt", "day", to=lambda old: "2020-01-31"),
        "This proof does not hold.",
    ),
    "a message's id": (
        change("messages", 0, "id", to=lambda old: str(uuid4())),
        "This proof does not hold.",
    ),
    "no message": (change("messages", to=lambda old: []), "This proof does not hold."),
    "a part that is missing": (lambda found: found.pop("stretch"), None),
    "a part of another kind": (change("messages", to=lambda old: 7), Damaged.default),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_tampered_proof(
    deployment: Deployment, case: tuple[dict[str, Any], str], tmp_path: Path, name: str
) -> None:
    tamper, sentence = TAMPERED[name]
    tamper(case[0])
    code = {"another format": NEWER, "no proof": FOREIGN}.get(name, 1)
    given = ("verify", written(case, tmp_path))
    said = deployment.refused(*given, typed=f"{case[1]}\n", code=code)
    assert said == (sentence or Damaged.default)


def test_a_fault_is_shown_at_its_message(
    deployment: Deployment, case: tuple[dict[str, Any], str], tmp_path: Path
) -> None:
    change("messages", 1, "receipt", "signature", to=flipped)(case[0])
    result = deployment.wren("verify", written(case, tmp_path))
    assert result.exit_code == 1
    [first, second] = [one for one in result.output.splitlines() if one.startswith("Message")]
    assert first.endswith(": holds")
    assert f"FAILS: {BadSignature.default}" in second


def test_a_message_that_was_left_out_shows_with_the_words(
    deployment: Deployment, case: tuple[dict[str, Any], str], tmp_path: Path
) -> None:
    del case[0]["messages"][0]
    said = deployment.refused("verify", written(case, tmp_path), typed=f"{case[1]}\n")
    assert said == "This proof does not hold."


@pytest.mark.parametrize(
    ("words", "sentence", "code"),
    [
        ("one two three", "There should be eight words; there are 3.", MISUSED),
        (encode(bytes(10)), "These are the words of another case.", FOREIGN),
    ],
)
def test_wrong_words(
    deployment: Deployment,
    case: tuple[dict[str, Any], str],
    tmp_path: Path,
    words: str,
    sentence: str,
    code: int,
) -> None:
    given = ("verify", written(case, tmp_path))
    said = deployment.refused(*given, typed=f"{words}\n", code=code)
    assert said == sentence


@pytest.mark.parametrize(
    "content", [b"{}", b"[]", b"\xff\xfe", b'{"format": 1.5}', b"\x89PNG", b'{"format": "x"}']
)
def test_what_is_no_proof(deployment: Deployment, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    said = deployment.refused("verify", str(tmp_path / "x"), code=FOREIGN)
    assert said.startswith("This is not a proof file")


@pytest.mark.parametrize("kept", [0.01, 0.5, 0.999])
def test_a_proof_that_is_cut(
    deployment: Deployment, case: tuple[dict[str, Any], str], tmp_path: Path, kept: float
) -> None:
    path = Path(written(case, tmp_path))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)])
    said = deployment.refused("verify", str(path), code=CUT)
    assert said == "This file is cut: its end is missing. Save it again."


@pytest.mark.parametrize("content", [b"", b"  \n"])
def test_an_empty_file(deployment: Deployment, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    said = deployment.refused("verify", str(tmp_path / "x"), code=CUT)
    assert said == "This file is empty. Save it again."


def test_spaces_at_its_end_are_no_fault(
    deployment: Deployment, case: tuple[dict[str, Any], str], tmp_path: Path
) -> None:
    path = Path(written(case, tmp_path))
    path.write_bytes(path.read_bytes() + b" " * 5000)
    assert deployment.wren("verify", str(path)).exit_code == 0


def test_a_file_that_is_not_there(deployment: Deployment, tmp_path: Path) -> None:
    result = deployment.wren("verify", str(tmp_path / "x"))
    assert result.exit_code == 2
    assert "does not exist" in result.stderr


def test_it_needs_no_deployment(
    deployment: Deployment, case: tuple[dict[str, Any], str], tmp_path: Path
) -> None:
    path = written(case, tmp_path)
    (deployment.place / "secret").unlink()
    (deployment.place / "wren.db").unlink()
    assert deployment.wren("verify", path).exit_code == 0
