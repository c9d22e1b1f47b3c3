"""Every refusal of Wren: one family, each with a stable code and a sentence for people.

None carries plaintext, keys or what was sent. `status` is what the API answers with
(RFC 9457, RFC 9110); `code` never changes once released, others' clients read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class WrenError(Exception):
    """The base: `code`, `status`, `title` and `detail`; `errors` maps a field to its faults."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"
    default: ClassVar[str] = "The service made a mistake. Nothing was stored. Try again."

    def __init__(
        self, detail: str | None = None, *, errors: Mapping[str, object] | None = None
    ) -> None:
        self.detail = detail or self.default
        self.errors: dict[str, object] = dict(errors or {})
        super().__init__(self.detail)


# --- the format (sealing.md, "Errors") ------------------------------------------------


class SealingError(WrenError):
    """What is sealed, or the words, can't be accepted."""

    code = "sealing"
    status = 422
    title = "It could not be opened or checked"


class BadToken(SealingError):
    code = "bad_token"
    title = "These are not eight words of Wren"
    default = "Check the eight words: one is missing, misspelt or in another place."


class BadKey(SealingError):
    code = "bad_key"
    title = "A key is not valid"
    default = "A key is of the wrong size, useless, or does not fit its record."


class WrongKey(SealingError):
    code = "wrong_key"
    title = "Sealed for somebody else"
    default = "This was sealed to another key."


class Damaged(SealingError):
    code = "damaged"
    title = "Damaged"
    default = "This was cut short, altered, or moved from its place."


class UnknownVersion(SealingError):
    code = "unknown_version"
    title = "A newer format"
    default = "This was sealed by another version of the format. Update the app."


class TooLong(SealingError):
    code = "too_long"
    title = "Too long"
    default = "This is longer than a message can be."


class BadSignature(SealingError):
    code = "bad_signature"
    title = "The signature does not fit"
    default = "This was not signed by the person it claims to be from."


class BrokenChain(SealingError):
    code = "broken_chain"
    title = "The records do not follow from each other"
    default = "A record of readers or handlers was forged, left out or is out of date."


class MissingEarlier(SealingError):
    code = "missing_earlier"
    title = "Something earlier is missing"
    default = "A message that was written before this one was not delivered."


class EpochChanged(SealingError):
    code = "epoch_changed"
    status = 409
    title = "The readers changed"
    default = "The readers of this case changed. Fetch the case and seal the message again."


# --- the calls ------------------------------------------------------------------------


class BadRequest(WrenError):
    code = "bad_request"
    status = 400
    title = "The request could not be read"
    default = "Send JSON in UTF-8."


class SignIn(WrenError):
    code = "sign_in"
    status = 401
    title = "Sign in"
    default = "Sign in again: the session is missing, has ended, or is not for this call."


class UnknownToken(WrenError):
    code = "unknown_token"
    status = 401
    title = "No case for these words"
    default = "No case can be opened with these words."


class WrongSignIn(WrenError):
    code = "wrong_sign_in"
    status = 401
    title = "Sign-in did not work"
    default = "The user name, the password or the code is wrong, or the code was used before."


class NotAllowed(WrenError):
    code = "not_allowed"
    status = 403
    title = "Not allowed"
    default = "Your role does not include this."


class NotFound(WrenError):
    code = "not_found"
    status = 404
    title = "Not found"
    default = "There is nothing here that you can see."


class WrongInvitation(WrenError):
    code = "invitation"
    status = 404
    title = "This invitation can't be used"
    default = "The invitation is unknown, was used before, or has ended. Ask for a new one."


class WrongMethod(WrenError):
    code = "wrong_method"
    status = 405
    title = "Wrong method"
    default = "This address does not take that method."


class Conflict(WrenError):
    code = "conflict"
    status = 409
    title = "Already used"
    default = "This id was used before for something else. Nothing was stored."


class ReadersChanged(WrenError):
    code = "readers_changed"
    status = 409
    title = "The handlers changed"
    default = "The people who would read this changed. Fetch the roster and look again."


class NoReader(WrenError):
    code = "no_reader"
    status = 409
    title = "Nobody would be left to read it"
    default = (
        "Nobody at this desk could read it. Choose another desk, or an outside body "
        "from the organisation's contacts."
    )


class WrongStatus(WrenError):
    code = "wrong_status"
    status = 409
    title = "The status can't change like that"
    default = "A case can't go from its present status to that one."


class TooEarly(WrenError):
    code = "too_early"
    status = 409
    title = "Not yet"
    default = "Another desk can be asked once a day that was promised has passed."


class Unfinished(WrenError):
    code = "unfinished"
    status = 409
    title = "Not whole yet"
    default = "An attachment is not whole yet. Send its other parts, then this again."


class TooLarge(WrenError):
    code = "too_large"
    status = 413
    title = "Too large"
    default = "This is larger than the service takes. Nothing was stored."


class WrongType(WrenError):
    code = "wrong_type"
    status = 415
    title = "Not JSON"
    default = "Send the body as application/json."


class Invalid(WrenError):
    code = "invalid"
    status = 422
    title = "Something needs correcting"
    default = "Look at the fields named in errors. Nothing was stored."


class Refused(WrenError):
    code = "refused_file"
    status = 422
    title = "This file can't be taken"
    default = "Choose a picture, a PDF, a text, a recording, a video or an office document."


class NotCleaned(WrenError):
    code = "not_cleaned"
    status = 409
    title = "It may show who made it"
    default = (
        "What the file says about who made it, when and with what can't be taken away. Nothing "
        "was stored. Send it as a picture or a PDF, or say that it may go as it is."
    )


class SlowDown(WrenError):
    code = "slow_down"
    status = 429
    title = "Wait a little"
    default = "There were many tries. Wait a few seconds and try again."


class WorkNeeded(WrenError):
    code = "work_needed"
    status = 429
    title = "Many reports are coming in"
    default = (
        "Nothing was stored. Fetch the organisation's challenge, solve it, and send the same "
        "again with the solution in work."
    )


class Unavailable(WrenError):
    code = "unavailable"
    status = 503
    title = "Not available"
    default = "The service can't store anything just now. Try again in a few minutes."


class NoRoom(WrenError):
    code = "no_room"
    status = 507
    title = "No room left"
    default = "The service has no room for attachments just now. Send it without, or try later."


# --- what only a client sees ------------------------------------------------------------


class LineError(WrenError):
    """No answer, or none that is Wren's: the request may be sent again as it is."""

    code = "line"
    status = 0
    title = "No connection"


class Unreachable(LineError):
    code = "unreachable"
    default = "The service can't be reached. Nothing is lost: try again when you have signal."


class TimedOut(LineError):
    code = "timed_out"
    title = "No answer in time"
    default = "The service did not answer in time. Nothing is lost: try again."


class NotWren(LineError):
    code = "not_wren"
    title = "Not the service"
    default = "What answered is not Wren. Check the address, and avoid public or work Wi-Fi."


class Faulty(LineError):
    code = "faulty"
    title = "Something went wrong"
    default = "The service has a fault just now. Nothing is lost: try again in a few minutes."


class WrongDate(LineError):
    code = "wrong_date"
    title = "Check the date"
    default = (
        "The date on this phone looks wrong, so Wren can't check that this is the real service. "
        "Set the date, and try again. If it is right, the service has a fault: try tomorrow."
    )


class NoProxy(LineError):
    code = "no_proxy"
    title = "No way through Tor"
    default = (
        "The app that hides where you are (Orbot) does not answer. Start it, or look at the "
        "settings. Nothing was sent past it."
    )


class BadProxy(LineError):
    code = "bad_proxy"
    title = "Not an address of a proxy"
    default = "Use an address like 127.0.0.1:9050, as Orbot shows it."


class BadAddress(LineError):
    code = "bad_address"
    title = "Not an address of Wren"
    default = "Use the address from the poster: https://, a host, /o/ and a short name."


def _family(base: type[WrenError]) -> dict[str, type[WrenError]]:
    found = {base.code: base}
    for child in base.__subclasses__():
        found |= _family(child)
    return found


BY_CODE: Mapping[str, type[WrenError]] = _family(WrenError)
"""Code -> class, so that a client raises what the server refused with."""
