"""The vault in storage that speaks S3: an object for each chunk, under `prefix/case/attachment/`.

Address and credentials are boto3's own settings (`AWS_ENDPOINT_URL_S3`, `AWS_ACCESS_KEY_ID` and
so on). An object is written only if there is none (`If-None-Match: *`), so no chunk takes
another's place. The list is written over only if it is what was read (`If-Match`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from shared.errors import Conflict, NoRoom, NotFound, Unavailable
from shared.sealing.stream import SEALED_CHUNK

CONNECT, READ, TRIES = 5, 20, 2
"""Seconds for a connection and for an answer; how often a call is tried."""

LIST = "deleted"
"""The name of the list of deleted cases, under the prefix."""

CHANGES = 20
"""How often a change of the list begins again: so many others may change it at once."""

PAGE = 1000
"""Names in a page of a listing, and objects deleted by one call: S3's most."""

_THERE = ("PreconditionFailed", "412", "ConditionalRequestConflict")
_NOT_THERE = ("NoSuchKey", "404")
_UNKNOWN = ("NotImplemented", "InvalidArgument", 405, 501)
"""What storage answers that knows no `If-Match` where something is put: codes, and statuses. A
400 alone is no sign of it: so is a request that took too long, or credentials that ended."""

_FULL = ("XMinioStorageFull", "QuotaExceeded", "InsufficientCapacity", "507")


class S3Vault:
    """A bucket, and the beginning of all names in it."""

    def __init__(self, place: str) -> None:
        parts = urlsplit(place)
        self.bucket = parts.netloc
        prefix = parts.path.strip("/")
        self._prefix = f"{prefix}/" if prefix else ""
        self._list = f"{self._prefix}{LIST}"

    @cached_property
    def _s3(self) -> Any:
        import boto3
        from botocore.config import Config

        return boto3.session.Session().client(
            "s3",
            config=Config(
                connect_timeout=CONNECT,
                read_timeout=READ,
                retries={"total_max_attempts": TRIES},
                max_pool_connections=16,
                # Others than Amazon's know no checksums in trailers.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def put(self, case_id: UUID, attachment_id: UUID, number: int, chunk: bytes) -> None:
        """Stores a chunk durably. Raises `Conflict`, `NoRoom` or `Unavailable`."""
        key = self._key(case_id, attachment_id, number)
        with _told() as call:
            try:
                self._s3.put_object(Bucket=self.bucket, Key=key, Body=chunk, IfNoneMatch="*")
            except call.refused as error:
                if _code(error) not in _THERE:
                    raise
                if self.get(case_id, attachment_id, number) != chunk:
                    raise Conflict("This chunk was stored before with other bytes.") from None

    def fill(self, case_id: UUID, attachment_id: UUID, chunks: Iterable[bytes]) -> None:
        """Stores all chunks, from 0."""
        for number, chunk in enumerate(chunks):
            self.put(case_id, attachment_id, number, chunk)

    def have(self, case_id: UUID, attachment_id: UUID) -> set[int]:
        """The numbers of the chunks that are stored."""
        with _told():
            return {
                int(key.rsplit("/", 1)[1], 16)
                for some in self._keys(self._place(case_id, attachment_id))
                for key in some
            }

    def get(self, case_id: UUID, attachment_id: UUID, number: int) -> bytes:
        """A chunk. Raises `NotFound`."""
        with _told() as call:
            try:
                key = self._key(case_id, attachment_id, number)
                found = self._s3.get_object(Bucket=self.bucket, Key=key)
                with found["Body"] as body:
                    return bytes(body.read(SEALED_CHUNK + 1))
            except call.refused as error:
                if _code(error) in _NOT_THERE:
                    raise NotFound from None
                raise

    def delete(self, case_id: UUID, attachment_id: UUID) -> None:
        """Deletes the attachment's objects."""
        self._delete(self._place(case_id, attachment_id))

    def delete_case(self, case_id: UUID) -> None:
        """Deletes all objects of a case."""
        self._delete(f"{self._prefix}{case_id.hex}/")

    def redate(self) -> None:
        """Writes the list anew, whose time would else be that of the last case that went.

        The storage keeps the time of each chunk, and lets nobody change it.
        """
        self.change_list(bytes, anew=True)

    def listed(self) -> bytes:
        """The list of deleted cases that lies beside the chunks; empty if there is none."""
        return self._listed()[0]

    def _listed(self) -> tuple[bytes, dict[str, str]]:
        """The list, and the condition that this is still what is there."""
        with _told() as call:
            try:
                found = self._s3.get_object(Bucket=self.bucket, Key=self._list)
                with found["Body"] as body:
                    return bytes(body.read()), {"IfMatch": found["ETag"]}
            except call.refused as error:
                if _code(error) in _NOT_THERE:
                    return b"", {"IfNoneMatch": "*"}
                raise

    def change_list(self, change: Callable[[bytes], bytes], *, anew: bool = False) -> None:
        """Puts another list in its place; `anew`: also the same, if there is one.

        Where another came between it begins again. Storage that knows no `If-Match` gets it
        without: better that a line is lost then than all. Raises `Unavailable` if another always
        comes between.
        """
        for _ in range(CHANGES):
            held, still = self._listed()
            new = change(held)
            if new == held and not (anew and held):
                return
            with _told() as call:
                put = partial(self._s3.put_object, Bucket=self.bucket, Key=self._list, Body=new)
                try:
                    put(**still)
                    return
                except call.refused as error:
                    if _is_unknown(error):
                        put()
                        return
                    if _code(error) not in (*_THERE, *_NOT_THERE):
                        raise
        raise Unavailable

    def look(self) -> None:
        """Returns if the bucket is there and can be listed, else raises `Unavailable`."""
        with _told():
            self._s3.list_objects_v2(Bucket=self.bucket, Prefix=self._prefix, MaxKeys=1)

    def held(self) -> Iterator[tuple[UUID, UUID, int]]:
        """Case, attachment and how many objects there are of it; names come in order."""
        with _told():
            keys = (key for some in self._keys(self._prefix) for key in some)
            for place, of_one in groupby(keys, key=lambda key: key.rpartition("/")[0]):
                try:
                    case_id, one = map(UUID, place.rsplit("/", 2)[-2:])
                except ValueError:
                    continue  # not Wren's
                yield case_id, one, sum(1 for _ in of_one)

    def check(self) -> list[tuple[bool, str]]:
        """Whether the storage takes a chunk, refuses another in its place, and deletes it."""
        case_id, one, first = uuid4(), uuid4(), bytes(SEALED_CHUNK)
        try:
            self.put(case_id, one, 0, first)
            try:
                self.put(case_id, one, 0, bytes(reversed(range(256))))
            except Conflict:
                kept = (True, "The storage of the vault never writes over a chunk.")
            else:
                kept = (False, "The storage of the vault ignores If-None-Match: use another.")
            matches = self._matches(self._key(case_id, one, 0))
            self.delete_case(case_id)
            gone = not self.have(case_id, one)
        except (NoRoom, NotFound, Unavailable) as error:
            told = f"The storage of the vault does not answer as it should ({error.code})."
            return [(False, told)]
        match = (
            (True, "The list of deleted cases is changed by one at a time.")
            if matches
            else (
                False,
                "The storage of the vault knows no If-Match: of two cases that go at once one may "
                "lack in the list until the daily work.",
            )
        )
        return [kept, match, (gone, "The storage of the vault takes, gives back and deletes.")]

    def _matches(self, key: str) -> bool:
        """Whether it writes over an object only if that is the one that was read."""
        with _told() as call:
            put = partial(self._s3.put_object, Bucket=self.bucket, Key=key, Body=b"")
            try:
                put(IfMatch=self._s3.head_object(Bucket=self.bucket, Key=key)["ETag"])
                put(IfMatch='"0"')
            except call.refused as error:
                if _code(error) in _THERE:
                    return bool(
                        self._s3.head_object(Bucket=self.bucket, Key=key)["ContentLength"] == 0
                    )
                if not _is_unknown(error):
                    raise
            return False

    def _place(self, case_id: UUID, attachment_id: UUID) -> str:
        return f"{self._prefix}{case_id.hex}/{attachment_id.hex}/"

    def _key(self, case_id: UUID, attachment_id: UUID, number: int) -> str:
        return f"{self._place(case_id, attachment_id)}{number:08x}"

    def _keys(self, beginning: str) -> Iterator[list[str]]:
        pages = self._s3.get_paginator("list_objects_v2")
        size = {"PageSize": PAGE}
        for page in pages.paginate(Bucket=self.bucket, Prefix=beginning, PaginationConfig=size):
            if found := [one["Key"] for one in page.get("Contents", ())]:
                yield found

    def _delete(self, beginning: str) -> None:
        with _told():
            for keys in self._keys(beginning):
                names = {"Objects": [{"Key": key} for key in keys], "Quiet": True}
                answer = self._s3.delete_objects(Bucket=self.bucket, Delete=names)
                if answer.get("Errors"):
                    raise Unavailable


class _Call:
    """The error that boto3 raises where the storage answered with a refusal."""

    def __init__(self, refused: type[Exception]) -> None:
        self.refused = refused


def _code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _is_unknown(error: Any) -> bool:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return _code(error) in _UNKNOWN or status in _UNKNOWN


@contextmanager
def _told() -> Iterator[_Call]:
    """A fault of the storage as a refusal that names no bucket."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield _Call(ClientError)
    except ClientError as error:
        raise (NoRoom if _code(error) in _FULL else Unavailable)() from None
    except (BotoCoreError, OSError):
        raise Unavailable from None
