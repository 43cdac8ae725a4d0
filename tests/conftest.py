"""What holds for every test: no wall-clock in properties, and who shares a lab or a browser shares a worker."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")  # Wall-clock says nothing on a busy machine; tests/bench measures.

TOGETHER = ("tests/lab/", "tests/report/test_browser.py")
"""One emulator, one browser: a second worker would start its own."""


class Grouped(LoadScopeScheduling):  # type: ignore[misc]
    """Each test by itself but for these; xdist's own groups do nothing under pytest 9.2, whose node ids are fixed."""

    def _split_scope(self, nodeid: str) -> str:
        return next((group for group in TOGETHER if nodeid.startswith(group)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Grouped:
    """The one scheduler of this suite."""
    return Grouped(config, log)
