"""Pure: the IAM policy language, and decisions as AWS makes them."""

from iam_watchdog.policy.decide import answer, decide
from iam_watchdog.policy.document import Document, prepare

__all__ = ["Document", "answer", "decide", "prepare"]
