"""What AWS and the machine refuse, in a sentence that names the remedy; a fault of our own stays a traceback."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from botocore.parsers import ResponseParserError

from iam_watchdog.ports import CannotRead, CannotWrite
from iam_watchdog.report import escape

BAD_INPUT, NO_ACCOUNT = 2, 3
EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")
THROTTLED = ("Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded")


def said(fault: Exception) -> tuple[int, str] | None:
    """Exit code and sentence; None: it is a fault of our own."""
    match fault:
        case ParamValidationError():
            return BAD_INPUT, f"AWS does not take this argument: {_short(fault)}"
        case ClientError():
            return NO_ACCOUNT, _refused(fault)
        case CannotRead() | CannotWrite():
            return NO_ACCOUNT, f"the account cannot be read: {_short(fault)}"
        case BotoCoreError() | ResponseParserError():
            return NO_ACCOUNT, f"{_short(fault)}; check --region, --endpoint-url and the network"
        case OSError():
            return BAD_INPUT, _short(fault)
    return None


def _refused(error: ClientError) -> str:
    code = error.response.get("Error", {}).get("Code", "")
    if code in EXPIRED:
        return f"your credentials have expired; log in again: {_short(error)}"
    if code in THROTTLED:
        return f"AWS throttles this account; try again in a minute: {_short(error)}"
    if "Denied" in code or "Unauthorized" in code:
        return f"your own credentials lack this permission: {_short(error)}"
    return f"AWS refused: {_short(error)}"


def _short(fault: Exception) -> str:
    return escape.terminal(" ".join(str(fault).split()), 600)
