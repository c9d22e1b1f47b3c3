"""Where the sealed chunks of attachments lie: on disk, or in storage that speaks S3.

A vault knows what it has, so that no row is written for a chunk. What is in it was sealed by the
time it came: without the rows of the database, which hold the keys, none of it opens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Protocol
from uuid import UUID

from api.config import S3, Config, vault_place

Finding = tuple[bool, str]


class Vault(Protocol):
    """What both kinds do. Each raises `NoRoom` for a full disk, else `Unavailable`."""

    def put(self, case_id: UUID, attachment_id: UUID, number: int, chunk: bytes) -> None:
        """Stores a chunk durably; the same again is no fault. Raises `Conflict` for others."""

    def fill(self, case_id: UUID, attachment_id: UUID, chunks: Iterable[bytes]) -> None:
        """Stores all chunks, from 0; they are durable once it returns."""

    def have(self, case_id: UUID, attachment_id: UUID) -> set[int]:
        """The numbers of the chunks that are stored durably."""

    def get(self, case_id: UUID, attachment_id: UUID, number: int) -> bytes:
        """A chunk. Raises `NotFound` if it is not there."""

    def delete(self, case_id: UUID, attachment_id: UUID) -> None:
        """Takes an attachment's chunks out; none is no fault."""

    def delete_case(self, case_id: UUID) -> None:
        """Takes out all chunks of a case."""

    def redate(self) -> None:
        """Makes what the storage tells of changes tell when this was called, where it can."""

    def listed(self) -> bytes:
        """The list of deleted cases that lies beside the chunks; empty if there is none."""

    def change_list(self, change: Callable[[bytes], bytes]) -> None:
        """Puts another list in its place, whole and durable."""

    def look(self) -> None:
        """Returns if it can be read as a whole, whatever is in it, else raises `Unavailable`."""

    def held(self) -> Iterator[tuple[UUID, UUID, int]]:
        """Of what there are chunks: case, attachment and how many, without a look into them."""

    def check(self) -> list[Finding]:
        """For `wren doctor`: what was tried, each with true if it is as it should be."""


def of(config: Config) -> Vault:
    """The vault of these settings; nothing is opened or made before it is used."""
    return at(vault_place(config))


@lru_cache(maxsize=64)
def at(place: str) -> Vault:
    """The vault at a path, or at `s3://bucket/prefix`."""
    if place.startswith(S3):
        from api.vault_s3 import S3Vault

        return S3Vault(place)
    from api.vault_disk import DiskVault

    return DiskVault(Path(place))
