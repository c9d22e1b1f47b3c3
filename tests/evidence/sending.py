"""The readable calls by hand: a file in one form, and what comes back."""

from __future__ import annotations

import io
from typing import Any
from uuid import uuid4

from werkzeug.test import TestResponse

from tests.service import Service


def form(name: str, data: bytes, **more: Any) -> dict[str, Any]:
    """The fields of a form with this file."""
    return {"id": str(uuid4()), "file": (io.BytesIO(data), name), **more}


def send(
    service: Service, bearer: str, name: str, data: bytes, path: str = "/case", **more: Any
) -> TestResponse:
    """One file, stored by one call."""
    fields = form(name, data, **more)
    return service.call("POST", f"{path}/attachments", None, bearer, data=fields)


def stored(
    service: Service, bearer: str, name: str, data: bytes, path: str = "/case", **more: Any
) -> str:
    """The id of a file that was taken."""
    answer = send(service, bearer, name, data, path, **more)
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["id"])


def hung(
    service: Service, bearer: str, name: str, data: bytes, path: str = "/case", **more: Any
) -> str:
    """The id of a file that a message names."""
    found = stored(service, bearer, name, data, path, **more)
    content = {"text": "See the file.", "attachments": [found]}
    body = {"id": str(uuid4()), "content": content}
    answer = service.post(f"{path}/messages", body, bearer)
    assert answer.status_code == 201, answer.text
    return found


def fetch(
    service: Service, bearer: str, attachment: str, path: str = "/case", *, original: bool = False
) -> TestResponse:
    """The file as this caller gets it."""
    query = "?original=true" if original else ""
    return service.get(f"{path}/attachments/{attachment}{query}", bearer)
