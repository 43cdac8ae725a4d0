"""What AWS's errors mean to us: a read or write that was refused for good, or one that may go through later."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from iam_watchdog.ports import CannotRead, CannotWrite

TRANSIENT_CODES = frozenset(
    {
        # https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
        "BandwidthLimitExceeded",
        "ConcurrentModification",
        "ConcurrentModificationException",
        "EC2ThrottledException",
        "EntityTemporarilyUnmodifiable",
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServerException",
        "KMSInternalException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceException",
        "ServiceFailure",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
"""Error codes that a later try may not meet."""
_LOST_ON_THE_WAY = (
    ConnectTimeoutError,
    ConnectionClosedError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseParserError,
)
FAULTS = (ClientError, BotoCoreError, ResponseParserError)
"""Whatever botocore raises; a proxy's page instead of an answer is no BotoCoreError."""
_LONGEST = 400
"""Characters kept of what AWS said: a reason, not a document."""


class NotRead(CannotRead):
    """CannotRead with AWS's error code, "" when no answer came."""

    def __init__(self, message: str, *, transient: bool = False, code: str = "") -> None:
        super().__init__(message, transient=transient)
        self.code = code


class NotWritten(CannotWrite):
    """CannotWrite with AWS's error code, "" when no answer came."""

    def __init__(self, message: str, *, transient: bool = False, code: str = "") -> None:
        super().__init__(message, transient=transient)
        self.code = code


def code_of(error: Exception) -> str:
    """AWS's error code, without the prefix that EC2's CloudTrail records and SQS's query protocol put before it."""
    if not isinstance(error, ClientError):
        return ""
    code = str(error.response.get("Error", {}).get("Code", ""))
    return code.removeprefix("AWS.SimpleQueueService.").removeprefix("Client.")


def is_transient(error: Exception) -> bool:
    """True for throttling, 5xx and a connection that broke; the 502s that mean "access denied" are not among them."""
    if isinstance(error, _LOST_ON_THE_WAY):
        return True
    if not isinstance(error, ClientError):
        return False
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code = code_of(error)
    permanent = code.startswith(("KMS", "EC2")) and code not in TRANSIENT_CODES
    return code in TRANSIENT_CODES or (status in (429, 500, 502, 503, 504) and not permanent)


def said(what: str, error: Exception) -> str:
    """One line: what was tried and what AWS answered."""
    if isinstance(error, ClientError):
        answer = f"{code_of(error)}: {error.response.get('Error', {}).get('Message') or 'no further reason'}"
    else:
        answer = f"{type(error).__name__}: {error}"
    return " ".join(f"{what}: {answer}".split())[:_LONGEST]


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn whatever botocore raises within into NotRead, which is a CannotRead."""
    try:
        yield
    except FAULTS as error:
        raise NotRead(said(what, error), transient=is_transient(error), code=code_of(error)) from error


@contextmanager
def writing(what: str) -> Iterator[None]:
    """Turn whatever botocore raises within into NotWritten, which is a CannotWrite."""
    try:
        yield
    except FAULTS as error:
        raise NotWritten(said(what, error), transient=is_transient(error), code=code_of(error)) from error
