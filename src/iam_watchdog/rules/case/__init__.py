"""What every rule looks at: one denial, the request behind it, and what the policies say to that request."""

from iam_watchdog.rules.case.case import Case, open_case

__all__ = ["Case", "open_case"]
