"""What holds for every test: no wall-clock in properties, and who shares a lab or a browser shares a worker."""

from __future__ import annotations

import gc
from functools import cache
from typing import Any

import botocore.session
import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")  # Wall-clock says nothing on a busy machine; tests/bench measures.

botocore.session.create_loader = cache(botocore.session.create_loader)
"""The services' models are read once, not once for each of the many sessions; nobody changes them."""

GARBAGE = (50_000, 20, 50)
"""Thresholds of the collector: with its own it took a third of the suite's time, looking at what stays anyway."""


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What is imported by now is no garbage, however often one looks."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


BARE = ("artefact", "confined", "demo", "explain", "guardrails", "proposals", "reading", "restoring", "shims", "told")
TOGETHER = (
    tuple(f"tests/lab/test_{name}" for name in BARE),
    ("tests/lab/",),
    ("tests/report/test_browser.py",),
)
"""Who shares a worker: each would start a lab or a browser of its own. What needs no deployment has a second lab."""


def together(nodeid: str) -> str:
    """The group of a test, "" for a test by itself."""
    return next((group[0] for group in TOGETHER if nodeid.startswith(group)), "")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several workers they come first: they wait more than they work, so nobody waits for them."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not together(item.nodeid))


class Grouped(LoadScopeScheduling):  # type: ignore[misc]
    """Each test by itself but for these; xdist's own groups do nothing under pytest 9.2, whose node ids are fixed."""

    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid) or nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Grouped:
    """The one scheduler of this suite."""
    return Grouped(config, log)
