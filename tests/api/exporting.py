"""What tests of case files share: evidence by readable calls, and a case file that is opened."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import Any
from uuid import uuid4

from werkzeug.test import TestResponse

from tests.service import Service

STORY = "An invented story for the case file."


def attach(
    service: Service,
    bearer: str,
    data: bytes,
    name: str = "screenshot.png",
    *,
    path: str = "/case",
    **more: Any,
) -> str:
    """Sends a file by one readable call; its id."""
    made = str(uuid4())
    answer = service.http.post(
        f"/api/v1{path}/attachments",
        data={"id": made, "file": (io.BytesIO(data), name), **more},
        headers={"Authorization": f"Bearer {bearer}"},
    )
    assert answer.status_code == 201, answer.text
    return made


def say(service: Service, bearer: str, *pieces: dict[str, Any], words: str = "See these.") -> str:
    """The reporter's message that names attachments, with what is said of them; its id."""
    content = {
        "text": words,
        "attachments": [one["attachment"] for one in pieces],
        "evidence": list(pieces),
    }
    body = {"id": str(uuid4()), "content": content}
    answer = service.post("/case/messages", body, bearer)
    assert answer.status_code == 201, answer.text
    return str(body["id"])


def ask(
    service: Service, reference: str, body: dict[str, Any] | None = None, name: str = "handler-1"
) -> TestResponse:
    """The answer to a request for a case file: by GET if there is no body."""
    path, bearer = f"/cases/{reference}/export", service.handler(name)
    return service.get(path, bearer) if body is None else service.post(path, body, bearer)


def case_file(
    service: Service, reference: str, body: dict[str, Any] | None = None
) -> dict[str, bytes]:
    """The files of a case file, by name."""
    answer = ask(service, reference, body)
    assert answer.status_code == 200, answer.text
    return files(answer.data)


def files(data: bytes) -> dict[str, bytes]:
    """The files of a ZIP, by name; each name stands in it once."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        assert len(names) == len(set(names))
        return {name: archive.read(name) for name in names}


def manifest(found: dict[str, bytes]) -> dict[str, Any]:
    """The manifest, once all that it says of the files is true."""
    told: dict[str, Any] = json.loads(found["manifest.json"])
    for one in told["files"]:
        data = found[one["name"]]
        assert (len(data), hashlib.sha256(data).hexdigest()) == (one["size"], one["sha256"])
    return told
