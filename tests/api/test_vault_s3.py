"""The vault in storage that speaks S3: moto's standalone server, which is stopped midway."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

from api import vault, vault_s3
from api.serving import check_port
from api.vault_s3 import S3Vault
from shared.errors import Conflict, NotFound, Unavailable
from shared.sealing.stream import SEALED_CHUNK
from tests.api import clients
from tests.api.attaching import CHUNK, begin, got, have, put, put_all, some, stage
from tests.api.checks import check_problem, nothing_stored
from tests.service import Service

CASE, ONE = uuid4(), uuid4()

boto3 = pytest.importorskip("boto3")
from botocore.awsrequest import AWSResponse  # noqa: E402


@dataclass
class Storage:
    """A running server of S3's protocol."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def bucket(self) -> str:
        """A new bucket's place for a vault."""
        name = f"wren-{uuid4().hex}"
        requests.put(f"{self.url}/{name}", timeout=10).raise_for_status()
        return f"s3://{name}/some/where"


def start(log: Path, port: int | None = None) -> Storage:
    """A server on a free port, or on one that it had before."""
    port = port or check_port("127.0.0.1", 0)
    with log.open("ab") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-p", str(port)], stdout=told, stderr=told
        )
    made = Storage(port, process)
    for _ in range(300):
        try:
            if requests.get(f"{made.url}/moto-api/", timeout=5).ok:
                return made
        except requests.RequestException:
            time.sleep(0.1)
        assert process.poll() is None, log.read_text()
    raise AssertionError(log.read_text())


def end(storage: Storage) -> None:
    """Ends a server."""
    storage.process.kill()
    storage.process.wait(20)


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    """A server for all tests but those that end it."""
    made = start(tmp_path_factory.mktemp("moto") / "log")
    yield made
    end(made)


def settings(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """What boto3 reads."""
    for name in [one for one in os.environ if one.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in {
        "AWS_ENDPOINT_URL_S3": url,
        "AWS_ACCESS_KEY_ID": "invented",
        "AWS_SECRET_ACCESS_KEY": "invented",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def storage(standing: Storage, monkeypatch: pytest.MonkeyPatch) -> Storage:
    """The server, and boto3's settings for it."""
    settings(monkeypatch, standing.url)
    return standing


def chunk(number: int) -> bytes:
    """A chunk that looks like no other."""
    return some(SEALED_CHUNK, number)


def test_it_works(storage: Storage) -> None:
    place = storage.bucket()
    kept = vault.at(place)
    assert isinstance(kept, S3Vault)
    assert kept.have(CASE, ONE) == set()
    for number in (3, 0, 2, 0):
        kept.put(CASE, ONE, number, chunk(number))
    with pytest.raises(Conflict):
        kept.put(CASE, ONE, 0, chunk(1))
    other = S3Vault(place)
    assert other.have(CASE, ONE) == {0, 2, 3}
    assert [other.get(CASE, ONE, one) for one in (0, 2, 3)] == [chunk(0), chunk(2), chunk(3)]
    for missing in ((CASE, ONE, 1), (CASE, uuid4(), 0)):
        with pytest.raises(NotFound):
            other.get(*missing)
    second = uuid4()
    kept.fill(CASE, second, map(chunk, range(2)))
    assert set(kept.held()) == {(CASE, ONE, 3), (CASE, second, 2)}
    kept.delete(CASE, ONE)
    assert (kept.have(CASE, ONE), kept.have(CASE, second)) == (set(), {0, 1})
    kept.delete_case(CASE)
    kept.delete_case(CASE)
    assert kept.have(CASE, second) == set()


def test_the_list_tells_the_hour_of_the_daily_work(storage: Storage) -> None:
    """And not that of the last case that went: the storage dates what is written."""
    place = storage.bucket()
    kept = S3Vault(place)
    kept.redate()
    assert kept.listed() == b""
    kept.change_list(lambda _: b"a line\n")
    name = "/".join((kept._prefix.rstrip("/"), vault_s3.LIST))

    def version() -> str:
        held = kept._s3.head_object(Bucket=kept.bucket, Key=name)
        return str(held["VersionId"])

    kept._s3.put_bucket_versioning(
        Bucket=kept.bucket, VersioningConfiguration={"Status": "Enabled"}
    )
    kept.redate()
    before = version()
    kept.redate()
    assert version() != before
    assert kept.listed() == b"a line\n"


def test_what_doctor_says(storage: Storage) -> None:
    place = storage.bucket()
    assert [good for good, _ in S3Vault(place).check()] == [True, True, True]
    assert [good for good, _ in S3Vault("s3://no-such-bucket/a").check()] == [False]
    S3Vault(place).look()  # with nothing in it
    with pytest.raises(Unavailable):
        S3Vault("s3://no-such-bucket/a").look()


@pytest.mark.parametrize(
    ("status", "code"),
    [(501, "X"), (405, "X"), (400, "NotImplemented"), (400, "InvalidArgument"), (None, "")],
)
def test_storage_that_knows_no_if_match(storage: Storage, status: int | None, code: str) -> None:
    """The list is kept all the same, and doctor tells: refused, or ignored."""
    kept = S3Vault(storage.bucket())
    kept._s3.meta.events.register("before-call.s3.PutObject", answers(status, code))
    for line in (b"a\n", b"b\n"):
        kept.change_list(lambda held, line=line: held + line)
    assert kept.listed() == b"a\nb\n"
    (_, (good, said), *_) = found = kept.check()
    assert (good, "knows no If-Match" in said) == (False, True)
    assert [one for one, _ in found] == [True, False, True]


@pytest.mark.parametrize("code", ["RequestTimeout", "ExpiredToken", "InvalidRequest"])
def test_another_refusal_is_no_sign_of_that(storage: Storage, code: str) -> None:
    """Of one that knows `If-Match` nothing is written over that was not read."""
    kept = S3Vault(storage.bucket())
    kept.change_list(lambda _: b"a\n")
    kept._s3.meta.events.register("before-call.s3.PutObject", answers(400, code))
    with pytest.raises(Unavailable):
        kept.change_list(lambda held: held + b"b\n")
    assert kept.listed() == b"a\n"
    assert [(good, "as it should" in said) for good, said in kept.check()] == [(False, True)]


def answers(status: int | None, code: str) -> Any:
    """Stands in for the storage's answer to `If-Match`: this refusal, or none."""

    def before(params: Any, **_: Any) -> Any:
        if params["headers"].pop("If-Match", None) and status:
            refused = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
            return AWSResponse("", status, {}, None), refused
        return None

    return before


def test_more_than_a_page_of_chunks(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault_s3, "PAGE", 3)
    kept = S3Vault(storage.bucket())
    kept.fill(CASE, ONE, map(chunk, range(7)))
    assert kept.have(CASE, ONE) == set(range(7))
    kept.delete_case(CASE)
    assert kept.have(CASE, ONE) == set()


def test_over_the_service(storage: Storage, new_service: object) -> None:
    service: Service = new_service(vault=storage.bucket())  # type: ignore[operator]
    reference, token = service.open_case()
    case = clients.reporter(service, token)
    made = stage(case, some(5 * CHUNK))
    case.attach(made)
    case.send(case.prepare("See it.", [made.attached]))
    assert got(clients.handler(service, reference), made) == some(5 * CHUNK)
    other = put(service, "/case", made, 0, made.chunk(1), service.reporter(token))
    check_problem(other, 409, "conflict")
    kept = vault.of(service.database.config)
    assert len(kept.have(case.keys.case_id, made.id)) == 5
    assert service.call("DELETE", "/case", bearer=service.reporter(token)).status_code == 200
    assert kept.have(case.keys.case_id, made.id) == set()


@pytest.mark.parametrize("how", [pytest.param("silent", marks=pytest.mark.ordeal), "gone"])
def test_away_in_the_middle(
    new_service: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    storage = start(tmp_path / "log")
    settings(monkeypatch, storage.url)
    for name in ("CONNECT", "READ", "TRIES"):
        monkeypatch.setattr(vault_s3, name, 1)
    place = storage.bucket()
    try:
        service: Service = new_service(vault=place)  # type: ignore[operator]
        reference, token = service.open_case()
        case, bearer = clients.reporter(service, token), service.reporter(token)
        made = stage(case, some(4 * CHUNK))
        begin(service, "/case", made, bearer)
        put_all(service, "/case", made, bearer, [0, 1])
        if how == "silent":
            storage.process.send_signal(signal.SIGSTOP)
        else:
            end(storage)
        with nothing_stored(service):
            answer = put(service, "/case", made, 2, made.chunk(2), bearer)
            check_problem(answer, 503, "unavailable")
            prepared = case.prepare("See it.", [made.attached])
            answer = service.post("/case/messages", prepared.body, bearer)
            check_problem(answer, 503, "unavailable")
        with pytest.raises(Unavailable):
            case.attach(made)
        case.send(case.prepare("Without it."))  # what needs no vault goes on
        if how == "silent":
            storage.process.send_signal(signal.SIGCONT)
            assert have(service, "/case", made, bearer) == [0, 1]
        else:
            # It comes back with nothing of what it had: all is sent again.
            storage = start(tmp_path / "log", storage.port)
            bucket = place.removeprefix("s3://").split("/")[0]
            requests.put(f"{storage.url}/{bucket}", timeout=10).raise_for_status()
            assert have(service, "/case", made, bearer) == []
        case.attach(made)
        case.send(case.prepare("See it.", [made.attached]))
        assert got(clients.handler(service, reference), made) == some(4 * CHUNK)
    finally:
        end(storage)


def test_the_list_of_deleted_cases(storage: Storage) -> None:
    kept = vault.at(storage.bucket())
    assert kept.listed() == b""
    kept.change_list(lambda held: held + b"one\n")
    kept.change_list(lambda held: held + b"two\n")
    assert kept.listed() == b"one\ntwo\n"
    assert list(kept.held()) == [], "it is no attachment"


@pytest.mark.parametrize("held", [b"", b"one\n"])
@pytest.mark.parametrize("how", ["a change", "the daily work"])
def test_a_case_that_goes_meanwhile_stays_in_the_list(
    storage: Storage, monkeypatch: pytest.MonkeyPatch, how: str, held: bytes
) -> None:
    """Another process lists it between the look at the list and the writing of it."""
    place = storage.bucket()
    kept, other = S3Vault(place), S3Vault(place)
    kept.change_list(lambda _: held)
    real = S3Vault._listed

    def late(self: S3Vault) -> Any:
        found = real(self)
        monkeypatch.setattr(S3Vault, "_listed", real)
        other.change_list(lambda held: held + b"meanwhile\n")
        return found

    monkeypatch.setattr(S3Vault, "_listed", late)
    if how == "a change":
        kept.change_list(lambda held: held + b"two\n")
        assert kept.listed() == held + b"meanwhile\ntwo\n"
    else:
        kept.redate()
        assert kept.listed() == held + b"meanwhile\n"


def test_a_list_that_always_changes(storage: Storage) -> None:
    place = storage.bucket()
    kept, other = S3Vault(place), S3Vault(place)

    def meanwhile(held: bytes) -> bytes:
        other.change_list(lambda held: held + b"x\n")
        return b"lost"

    with pytest.raises(Unavailable):
        kept.change_list(meanwhile)
    assert kept.listed() == b"x\n" * vault_s3.CHANGES
