"""How a message is made: a frozen dataclass sets each field through object.__setattr__, at five times the price."""

from __future__ import annotations

from iam_watchdog.model import Effect, Kind, Layer, Message


class Draft:
    """A message before it is frozen: the same slots in the same order, so that it becomes one in place.

    Whoever fills one sets every field, and its class last.
    """

    __slots__ = Message.__slots__
    # Slots of another class are no fields to a type checker.
    kind: Kind
    principal: str | None
    action: str | None
    resource: str | None
    effect: Effect | None
    layer: Layer | None
    policy_arn: str | None
    encoded: str | None
    authorization_id: str | None
    error_code: str | None
    operation: str | None
    request_id: str | None
    excerpt: str
