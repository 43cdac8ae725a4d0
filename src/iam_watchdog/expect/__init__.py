"""Pure: what must be allowed for a function to work, and which of it is refused."""

from iam_watchdog.expect.audit import Audit, View, audit
from iam_watchdog.expect.needs import needs
from iam_watchdog.expect.shapes import Disk, Feed, Need, Trigger
from iam_watchdog.expect.starts import public_url

__all__ = ["Audit", "Disk", "Feed", "Need", "Trigger", "View", "audit", "needs", "public_url"]
