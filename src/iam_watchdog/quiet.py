"""What stood there when a person asked for quiet, and what of that has changed since."""

from __future__ import annotations

from collections.abc import Mapping

from iam_watchdog.model import Dismissed, Incident, Layer, Snoozed, Words
from iam_watchdog.part import Part
from iam_watchdog.records import digest
from iam_watchdog.remedy.basis import decided_on
from iam_watchdog.status import louder, stronger

LAYERS: Mapping[Layer, str] = {
    Layer.IDENTITY: "the role's policies",
    Layer.BOUNDARY: "the permissions boundary",
    Layer.TRUST: "the role's trust policy",
    Layer.INVOKE: "the function's own policy",
    Layer.RESOURCE: "the target's policy",
    Layer.VPCE: "the endpoint's policy",
}
"""Layers whose documents an account reads for itself, and so sees change; what an organization keeps it does not."""
CODE, ROLE = "the function's code", "the role"
SHORT = 12
"""Hexadecimal digits of a hash: enough to tell one state from the next."""


def standing(part: Part) -> Mapping[str, str]:
    """Code, role and each layer's policies in play, as hashes by their words; what could not be read is left out."""
    evidence, role = part.evidence, part.evidence.role
    basis = decided_on(part.found, part.denial, evidence)
    found: dict[str, str] = {}
    if basis.get("code"):
        found[CODE] = digest(basis["code"])[:SHORT]
    if role and role.id:
        found[ROLE] = digest([role.arn, role.id, role.boundary])[:SHORT]
    if part.found.request is None:
        return found
    unread = {gap.layer for gap in evidence.unread if gap.decides}
    return found | {words: _documents(layer, basis) for layer, words in LAYERS.items() if layer not in unread}


def _documents(layer: Layer, basis: Mapping[str, str]) -> str:
    own = {name: value for name, value in basis.items() if name.startswith(f"{layer} policy ")}
    attached = basis.get("attached policies", "") if layer is Layer.IDENTITY else ""
    return digest([own, attached])[:SHORT]


def changed(then: Mapping[str, str], now: Mapping[str, str]) -> Words:
    """What is not as it was; what only one of the two could read is no change."""
    return tuple(words for words in then if words in now and then[words] != now[words])


def grown(incident: Incident) -> Words:
    """What has grown since the last word for quiet: the rate, or who says so; () when only its time is over."""
    said = next((f for f in reversed(incident.facts) if isinstance(f, Dismissed | Snoozed)), None)
    grown = ((louder, "how often it is refused"), (stronger, "who vouches for it"))
    return tuple(words for has, words in grown if said and has(said, incident))
