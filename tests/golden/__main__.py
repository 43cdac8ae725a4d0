"""Write every golden incident anew: python -m tests.golden."""

from __future__ import annotations

from iam_watchdog.rules import RULES
from tests.golden.restored import RESTORED
from tests.golden.telling import told, written

for name in (*(rule.NAME for rule in RULES), *RESTORED):
    written(name).write_text(told(name))
    print(written(name).name)
