"""How a message is made: a frozen dataclass sets each field through object.__setattr__, at five times the price."""

from __future__ import annotations

from typing import cast

from iam_watchdog.model import Effect, Kind, Layer, Message


class _Draft:
    """A message before it is frozen: the same slots in the same order, so that it becomes one in place."""

    __slots__ = Message.__slots__

    def __init__(  # noqa: PLR0913, PLR0917 - the message's own fields
        self,
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
    ) -> None:
        self.kind = kind
        self.principal = principal
        self.action = action
        self.resource = resource
        self.effect = effect
        self.layer = layer
        self.policy_arn = policy_arn
        self.encoded = encoded
        self.authorization_id = authorization_id
        self.error_code = error_code
        self.operation = operation
        self.request_id = request_id
        self.excerpt = excerpt
        self.__class__ = Message  # type: ignore[assignment]


message = cast("type[Message]", _Draft)
"""Makes a message of all its fields, in their order."""
