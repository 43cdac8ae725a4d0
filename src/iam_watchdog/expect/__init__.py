"""Pure: what must be allowed for a function to work, and which of it is refused."""

from iam_watchdog.expect.audit import Audit, View, audit
from iam_watchdog.expect.needs import Need, Trigger, needs

__all__ = ["Audit", "Need", "Trigger", "View", "audit", "needs"]
