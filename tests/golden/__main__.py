"""Write every golden incident anew: python -m tests.golden."""

from __future__ import annotations

from iam_watchdog.rules import RULES
from tests.golden.telling import told, written

for rule in RULES:
    written(rule.NAME).write_text(told(rule.NAME))
    print(written(rule.NAME).name)
