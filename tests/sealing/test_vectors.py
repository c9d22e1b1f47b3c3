"""Every committed vector, and that the set is whole."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from shared import errors
from tests.sealing.runners import RUNNERS
from tests.vectors.generate import FOLDER, as_text, vectors

FILES = sorted(FOLDER.glob("*.json"))


@cache
def load(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_vector(path: Path) -> None:
    vector = load(path)
    run = RUNNERS[vector["kind"]]
    if "error" in vector:
        with pytest.raises(errors.WrenError) as caught:
            run(vector["input"])
        assert type(caught.value).__name__ == vector["error"]
    else:
        assert run(vector["input"]) == vector["output"]


def test_each_file_says_what_it_is() -> None:
    for path in FILES:
        vector = load(path)
        result = {"output", "error"} & vector.keys()
        assert vector.keys() == {"name", "what", "kind", "input"} | result, path.name
        assert len(result) == 1, path.name
        assert vector["name"] == path.stem
        assert vector["what"].endswith("."), path.name
        assert isinstance(vector["input"], dict)


def test_every_refusal_and_every_kind_has_a_vector() -> None:
    family = {one.__name__ for one in errors.SealingError.__subclasses__()}
    assert family <= {load(path).get("error") for path in FILES}
    assert {load(path)["kind"] for path in FILES} == set(RUNNERS)


def test_the_generator_writes_the_committed_files() -> None:
    made = {name: as_text(one) for name, one in vectors().items()}
    assert made == {path.stem: path.read_text(encoding="utf-8") for path in FILES}
