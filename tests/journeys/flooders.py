"""Fifty who flood the service as fast as it answers: python -m tests.journeys.flooders URL WORKERS

Each does one thing over and over, on a line of their own, until the input is closed; then one line
of JSON says how often each thing was answered with which status. `WORKERS` of them do the work
that is asked of them, the others none.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from shared.client import Client
from shared.conversation import prepare_report
from shared.sealing.tokens import new_token
from shared.work import Stopped, read_challenge, solve

FLOODERS = 50
CASES = "/api/v1/organisations/eeast/cases"
CHALLENGE = "/api/v1/organisations/eeast/challenge"
FORM = "application/x-www-form-urlencoded"
Request = tuple[str, str, bytes, str]


def main() -> None:
    """Floods until the input ends."""
    url, workers = sys.argv[1], int(sys.argv[2])
    client = Client(url)
    directory, roster = client.organisation("eeast"), client.roster("eeast")
    content = {"story": "An invented story of a flood."}
    sealed = prepare_report(directory, roster, new_token(), "guardian", (), content).body
    over, counted, lock = threading.Event(), Counter[tuple[str, int]](), threading.Lock()
    kinds = [*[_works] * workers, *(_KINDS[n % len(_KINDS)] for n in range(FLOODERS - workers))]
    threads = [
        threading.Thread(target=_flood, args=(url, kind, sealed, over, counted, lock))
        for kind in kinds
    ]
    for one in threads:
        one.start()
    print("flooding", flush=True)
    sys.stdin.read()
    over.set()
    for one in threads:
        one.join(60)
    print(json.dumps([[name, status, many] for (name, status), many in counted.items()]))


def _flood(
    url: str,
    kind: Callable[..., Request],
    sealed: dict[str, Any],
    over: threading.Event,
    counted: Counter[tuple[str, int]],
    lock: threading.Lock,
) -> None:
    name, place = kind.__name__.strip("_"), urlsplit(url)
    line = http.client.HTTPConnection(place.hostname or "", place.port, timeout=300)

    def ask(method: str, path: str, body: bytes, kind: str) -> tuple[int, bytes]:
        headers = {"Content-Type": kind} if body else {}
        try:
            line.request(method, path, body or None, headers)
            answer = line.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            line.close()  # the next request makes a new one
            return 0, b""

    while not over.is_set():
        try:
            request = kind(sealed, lambda: json.loads(ask("GET", CHALLENGE, b"", "")[1]), over)
        except (Stopped, ValueError):
            continue
        status, _ = ask(*request)
        with lock:
            counted[name, status] += 1


def _json(path: str, body: Any) -> Request:
    return "POST", path, json.dumps(body).encode(), "application/json"


def _report(**more: Any) -> dict[str, Any]:
    """The service refuses it for want of work, or because these words are in use."""
    content = {"story": "An invented story of a flood."}
    body = {"case_id": str(uuid4()), "token": new_token(), "desk": "guardian"}
    return {**body, "content": content, **more}


def _readable(*_args: Any) -> Request:
    return _json(CASES, _report())


def _sealed(sealed: dict[str, Any], *_args: Any) -> Request:
    return _json(CASES, {**sealed, "case_id": str(uuid4())})


def _works(_sealed: Any, challenge: Callable[[], Any], over: threading.Event) -> Request:
    return _json(CASES, _report(work=solve(read_challenge(challenge()), over)))


def _fetches(*_args: Any) -> Request:
    return "GET", CHALLENGE, b"", ""


def _begins(*_args: Any) -> Request:
    return "POST", "/o/eeast/begin", urlencode({"key": ""}).encode(), FORM


def _signs_in(*_args: Any) -> Request:
    body = {"username": f"nobody-{uuid4()}", "password": "an invented one", "code": "000000"}
    return _json("/api/v1/sign-in", body)


def _guesses(*_args: Any) -> Request:
    body = {"username": "handler-1", "password": f"guess {uuid4()}", "code": "000000"}
    return _json("/api/v1/sign-in", body)


def _tries_words(*_args: Any) -> Request:
    return _json("/api/v1/sessions", {"token": new_token()})


_KINDS = (
    _readable, _sealed, _fetches, _begins, _readable, _signs_in, _sealed, _tries_words, _guesses,
)  # fmt: skip

if __name__ == "__main__":
    main()
