"""How a message is made: a frozen dataclass sets each field through object.__setattr__, at five times the price."""

from __future__ import annotations

from typing import cast

from iam_watchdog.model import Effect, Kind, Layer, Message


class Draft:
    """A message before it is frozen: the same slots in the same order, so that it becomes one in place."""

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


def message(  # noqa: PLR0913, PLR0917 - the message's own fields
    kind: Kind,
    principal: str | None,
    action: str | None,
    resource: str | None,
    effect: Effect | None,
    layer: Layer | None,
    policy_arn: str | None,
    encoded: str | None,
    authorization_id: str | None,
    error_code: str | None,
    operation: str | None,
    request_id: str | None,
    excerpt: str,
) -> Message:
    """Makes a message of all its fields, in their order."""
    draft = Draft()
    draft.kind = kind
    draft.principal = principal
    draft.action = action
    draft.resource = resource
    draft.effect = effect
    draft.layer = layer
    draft.policy_arn = policy_arn
    draft.encoded = encoded
    draft.authorization_id = authorization_id
    draft.error_code = error_code
    draft.operation = operation
    draft.request_id = request_id
    draft.excerpt = excerpt
    draft.__class__ = Message  # type: ignore[assignment]
    return cast("Message", draft)
