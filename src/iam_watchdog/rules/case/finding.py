"""From what a rule saw to a Diagnosis: confidence, cross-check with the message, what goes unread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from iam_watchdog.model import Answer, Confidence, Diagnosis, Effect, Fix, Layer, Words
from iam_watchdog.remedy.arns import place_and_key
from iam_watchdog.remedy.fixes import fixes_for
from iam_watchdog.rules.case.case import AS_SAID, Case
from iam_watchdog.rules.case.words import LAYER_NAMES

_COPIES = "asks for s3:GetObject on the source (its tags too, if it has any) and s3:PutObject on the destination"
_EACH = "asks for {0} on its own; the message names only the first that was refused"
ASKS_MORE = {
    # What a call asks for beside what its refusal names: the next refusal may be about that.
    "CopyObject": _COPIES,
    "UploadPartCopy": _COPIES,
    "TransactWriteItems": _EACH.format("each item's action on each table"),
    "TransactGetItems": _EACH.format("dynamodb:GetItem on each table"),
    "BatchGetItem": _EACH.format("each table"),
    "BatchWriteItem": _EACH.format("each table"),
    "DeleteObjects": _EACH.format("each key"),
    "GetParameters": _EACH.format("each name"),
    "PutEvents": _EACH.format("each entry's bus"),
}


def diagnosis(
    case: Case,
    rule: str,
    layer: Layer | None,
    because: str,
    fixes: tuple[Fix, ...] = (),
    notes: Words = (),
) -> Diagnosis:
    """The finished Diagnosis of one rule; the message's own layer is a cross-check, never the judge."""
    return Diagnosis(
        rule=rule,
        layer=layer,
        because=because if because.endswith(".") else f"{because}.",
        confidence=Confidence.INCOMPLETE if case.undecidable else Confidence.VERIFIED,
        bound=case.bound,
        verdict=case.verdict,
        fixes=fixes,
        notes=(*notes, *_cross_check(case, layer), *_beside(case), *_unknown(case), *_malformed(case)),
        request=case.request,
    )


def reported(found: Diagnosis) -> Diagnosis:
    """Only AWS's message says so."""
    return replace(found, confidence=Confidence.REPORTED)


def unseen(case: Case, layer: Layer) -> str:
    """Why only AWS's message tells of this layer."""
    if case.doubtful(layer) and case.verdict.unknown:
        return f"it allows it only under a condition that cannot be checked: {case.verdict.unknown[0]}"
    return "that document could not be read"


def needed(case: Case, *others: Case) -> tuple[Fix, ...]:
    """All that is missing for the call, for these others and for what each implies, to be applied together."""
    asked = [c for one in (case, *others) for c in (one, *one.companions())]
    unique = {(c.request.action, c.request.resource): c for c in asked}
    return fixes_for([(c.request, (*c.missing, *c.other_side)) for c in unique.values()], case.evidence)


def _cross_check(case: Case, layer: Layer | None) -> Iterator[str]:
    said, effect = case.said_layer, case.said_effect
    if said and layer and AS_SAID.get(layer, layer) is not AS_SAID.get(said, said):
        yield (
            f"AWS's message names the {LAYER_NAMES[said]}; what was read says it is the {LAYER_NAMES[layer]}: "
            "the evaluation decides, the message can name the wrong layer"
        )
    found = {Answer.EXPLICIT: Effect.EXPLICIT, Answer.IMPLICIT: Effect.IMPLICIT}.get(case.verdict.answer)
    if effect and found and effect is not found:
        yield f"AWS's message says {effect} deny; the policies that were read say {found} deny"


def _beside(case: Case) -> Iterator[str]:
    """What goes wrong next although no permission of this call lacks: a hidden 404, a key that is shut."""
    bucket, slash, _ = place_and_key(case.request.resource)
    if case.request.action == "s3:GetObject" and slash and Layer.IDENTITY in case.missing:
        listing = case.about(case.asking("s3:ListBucket", bucket))
        if listing.verdict.denied:
            yield f"Without s3:ListBucket on {bucket} a key that does not exist answers 403 as well, not 404"
    if more := ASKS_MORE.get(case.operation or ""):
        yield f"{case.operation} {more}"
    for key in case.evidence.targets:
        if key.traits.get("state", "Enabled") not in ("Enabled", "ENABLED"):
            yield f"{key.arn} is in state {key.traits['state']}: no permission makes it usable"


def _unknown(case: Case) -> Iterator[str]:
    for unread in case.evidence.unread:
        yield f"not read: {LAYER_NAMES[unread.layer]} ({unread.what}): {unread.why}"
    yield from (why for why in case.verdict.unknown if case.undecidable)
    for other in case.implied():
        if other.undecidable:
            asked = f"{other.request.action} on {other.request.resource}"
            yield f"not known whether {asked} is allowed, which the call also needs: {'; '.join(other.verdict.unknown)}"


def _malformed(case: Case) -> Iterator[str]:
    for problem in case.verdict.problems[:3]:
        yield f"malformed policy: {problem}"
