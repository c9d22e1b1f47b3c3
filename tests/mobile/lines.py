"""A line that a test breaks: the real client, whose answers are lost or refused by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shared.client import Client
from shared.errors import TimedOut


class Lines:
    """Makes clients that share what is broken; give it where a `Client` is made.

    `cut` names calls whose answer is lost after the service stored it; `refuse` calls that
    never get there, with the error instead. `sent` is every call with its body, `by`
    with the client that made it.
    """

    def __init__(self) -> None:
        self.cut: list[str] = []
        self.refuse: list[tuple[str, Exception]] = []
        self.sent: list[tuple[str, Any]] = []
        self.by: list[tuple[str, Client]] = []

    def __call__(self, address: str, **more: Any) -> BadLine:
        return BadLine(address, self, **more)

    def go(self, name: str, body: Any, call: Callable[[], Any]) -> Any:
        """One call, if it gets there."""
        self.sent.append((name, body))
        for at, (refused, error) in enumerate(self.refuse):
            if refused == name:
                del self.refuse[at]
                raise error
        answer = call()
        if name in self.cut:
            self.cut.remove(name)
            raise TimedOut
        return answer

    def bodies(self, name: str) -> list[Any]:
        return [body for called, body in self.sent if called == name]


class BadLine(Client):
    """The real client over such a line, its own or one that it shares."""

    def __init__(self, address: str, lines: Lines | None = None, **more: Any) -> None:
        super().__init__(address, **more)
        self.lines = lines or Lines()
        self.bodies = self.lines.bodies

    @property
    def sent(self) -> list[tuple[str, Any]]:
        return self.lines.sent

    @property
    def cut(self) -> list[str]:
        return self.lines.cut

    @cut.setter
    def cut(self, names: list[str]) -> None:
        self.lines.cut = names

    @property
    def refuse(self) -> list[tuple[str, Exception]]:
        return self.lines.refuse

    @refuse.setter
    def refuse(self, calls: list[tuple[str, Exception]]) -> None:
        self.lines.refuse = calls

    def _call(self, method: str, path: str, *more: Any, **options: Any) -> dict[str, Any]:
        self.lines.by.append((f"{method} {path}", self))
        return super()._call(method, path, *more, **options)

    def organisation(self, slug: str) -> Any:
        return self.lines.go("directory", None, lambda: super(BadLine, self).organisation(slug))

    def challenge(self, slug: str) -> Any:
        return self.lines.go("challenge", None, lambda: super(BadLine, self).challenge(slug))

    def start_session(self, body: Any) -> Any:
        return self.lines.go("sign-in", body, lambda: super(BadLine, self).start_session(body))

    def open_case(self, slug: str, body: Any) -> Any:
        return self.lines.go("open", body, lambda: super(BadLine, self).open_case(slug, body))

    def post_message(self, path: str, body: Any, bearer: str, call: str = "messages") -> Any:
        return self.lines.go(
            "say", body, lambda: super(BadLine, self).post_message(path, body, bearer, call)
        )

    def post_epoch(self, path: str, body: Any, bearer: str) -> Any:
        return self.lines.go(
            "readers", body, lambda: super(BadLine, self).post_epoch(path, body, bearer)
        )

    def withdraw(self, bearer: str) -> Any:
        return self.lines.go("withdraw", None, lambda: super(BadLine, self).withdraw(bearer))

    def post_attachment(self, path: str, body: Any, bearer: str) -> Any:
        return self.lines.go(
            "attach", body, lambda: super(BadLine, self).post_attachment(path, body, bearer)
        )

    def attachment_state(self, path: str, attachment: Any, bearer: str) -> Any:
        return self.lines.go(
            "state", None, lambda: super(BadLine, self).attachment_state(path, attachment, bearer)
        )

    def put_chunk(self, path: str, attachment: Any, n: int, data: bytes, bearer: str) -> None:
        self.lines.go(
            "chunk", n, lambda: super(BadLine, self).put_chunk(path, attachment, n, data, bearer)
        )

    def messages(self, path: str, bearer: str, after: str | None = None) -> Any:
        return self.lines.go(
            "look", None, lambda: super(BadLine, self).messages(path, bearer, after)
        )
