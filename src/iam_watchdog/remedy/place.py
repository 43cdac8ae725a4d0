"""Which document was changed: where it is read today, what it said before, and what of that is missing."""

from __future__ import annotations

from dataclasses import dataclass

from iam_watchdog.model import Change, Evidence, Layer, Policy
from iam_watchdog.policy.statement import Raw
from iam_watchdog.remedy.before import known, text_of
from iam_watchdog.remedy.within import beyond, malformed, raws

WHOLE = "whole"
"""The name of a resource's own document where there is none today."""


@dataclass(frozen=True, slots=True)
class Place:
    """The document that was changed: where it is read today, and its text before."""

    layer: Layer
    name: str
    on: str
    text: str

    def policy(self) -> Policy:
        """The document as it was."""
        return Policy(self.layer, self.name, self.text, self.on)


def place_of(change: Change, evidence: Evidence) -> Place | None:
    """Where it is; None for what is no document, or whose earlier text is not known."""
    before, role = known(change), evidence.role
    text = text_of(before)
    if not text:
        return None
    if role and "policy" in before and change.on in (role.name, role.arn):
        return Place(Layer.IDENTITY, f"inline/{before['policy']}", role.arn, text)
    if role and "trust" in before and change.on in (role.name, role.arn):
        return Place(Layer.TRUST, _today(Layer.TRUST, role.arn, evidence), role.arn, text)
    if role and "policy_arn" in before:
        arn = str(before["policy_arn"])
        return Place(Layer.BOUNDARY if arn == role.boundary else Layer.IDENTITY, arn, role.arn, text)
    owner = next((t.arn for t in evidence.targets if change.on in (t.arn, t.arn.rsplit(":", 1)[-1])), "")
    if not owner or {"policy", "policy_arn", "trust"} & set(before):
        return None
    return Place(Layer.RESOURCE, _today(Layer.RESOURCE, owner, evidence), owner, text)


def _today(layer: Layer, owner: str, evidence: Evidence) -> str:
    return next((p.name for p in evidence.of(layer, owner)), WHOLE)


def gone(place: Place, evidence: Evidence) -> tuple[Raw, ...]:
    """The Allow statements of before that the same document of today does not cover."""
    there = evidence.of(place.layer, place.on)
    now = raws(p for p in there if p.name == place.name)
    return tuple(raw for raw in raws([place.policy()]) if beyond([raw], now))


def harmless(change: Change, evidence: Evidence) -> bool:
    """True if what stood there before is known, and nothing that it allowed is missing in what stands there now."""
    place = place_of(change, evidence)
    return place is not None and not malformed(place.text, place.layer) and not gone(place, evidence)
