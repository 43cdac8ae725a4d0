"""One function as the sweep sees it, and what it found there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from iam_watchdog.expect.shapes import Disk, Feed, Trigger
from iam_watchdog.model import Denial, Function, Layer, Policy, Words


@dataclass(frozen=True, slots=True)
class View:
    """One function with everything that the sweep read about it."""

    function: Function
    policies: tuple[Policy, ...]
    """identity, boundary and trust of its role; the function's own policy as INVOKE, `on` its qualified ARN."""
    triggers: tuple[Trigger, ...] = ()
    log_group_exists: bool = True
    unread: tuple[Layer, ...] = ()
    role_exists: bool = True
    gaps: Words = ()
    """What could not be read about this function, in words: it is named, and the rest is still audited."""
    feeds: tuple[Feed, ...] = ()
    disks: tuple[Disk, ...] = ()
    key_state: str = ""
    heard: frozenset[str] = frozenset()
    """ARNs of targets whose own policies are among `policies`, or that have none."""
    tags: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Role ARN → its tags."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What a sweep found for one function: refusals as denials, and what could not be decided, in words."""

    function: str
    denials: tuple[Denial, ...]
    undecided: Words = ()
    checked: int = 0
    doubts: Words = ()
    """ARNs of targets whose own policies would decide."""
