"""What changed lately on the role, its policies or the target, in words, and where its restoring stands."""

from __future__ import annotations

from dataclasses import replace

from iam_watchdog.model import Change, Denial, Diagnosis, Evidence, Fix
from iam_watchdog.remedy.before import known, moved_from
from iam_watchdog.remedy.offer import Offer, offer
from iam_watchdog.remedy.put_back import person, short
from iam_watchdog.remedy.suspects import suspects

__all__ = ["in_company", "notes", "offer", "suspects", "with_alternative", "with_offer"]
LISTED = 3


def with_offer(found: Diagnosis, made: Offer | None, denial: Denial, evidence: Evidence) -> Diagnosis:
    """The diagnosis with what was removed as its fix, if that is the least, and with the notes of what changed."""
    found = replace(found, notes=(*notes(denial, evidence, made), *found.notes))
    if made is None or not made.first:
        return found
    replaced = found.fixes if len(found.fixes) == 1 and found.fixes != (made.fix,) else ()
    return replace(found, fixes=(made.fix,), instead=(*replaced, *found.instead))


def with_alternative(found: Diagnosis, made: Offer | None) -> Diagnosis:
    """The diagnosis with what was removed as its first alternative, if it is more than the least."""
    if made is None or made.first:
        return found
    return replace(found, instead=(made.fix, *made.or_else, *found.instead))


def notes(denial: Denial, evidence: Evidence, made: Offer | None = None) -> tuple[str, ...]:
    """What changed, by whom and when; to restore it is offered first, and left to a person if a person removed it.

    Once one removal is known to be the cause, the others that are known to the letter are not.
    """
    others = [change for change in suspects(denial, evidence) if made is None or not change.before]
    told = dict.fromkeys(_note(change) for change in others)
    return (*((_restore(made),) if made else ()), *told)[:LISTED]


def in_company(found: Diagnosis, joint: Fix, instead: tuple[Fix, ...], denial: Denial, evidence: Evidence) -> Diagnosis:
    """The diagnosis with one change that ends others as well: what that allows is no surplus of what was removed."""
    whole = replace(found, fixes=(joint,), instead=instead)
    if not any(change.before for change in evidence.changes):
        return whole
    alone, now = offer(found, denial, evidence), offer(whole, denial, evidence)
    if alone is None or now is None or alone.first or now.change != alone.change:
        return whole
    before, after = _restore(alone), _restore(replace(now, first=False), others=alone.fix not in instead)
    return replace(whole, notes=tuple(after if note == before else note for note in found.notes))


def _restore(made: Offer, *, others: bool = False) -> str:
    """others: the fix ends other refusals as well, and what was removed would not."""
    change = made.change
    via = "CloudFormation, for " if "via" in known(change) else ""
    who, at = f"{via}{person(change.who)}", f"{change.at:%Y-%m-%d %H:%M} UTC"
    begins = f"Restore what {who} removed at {at}{_and(made.also)}: {made.words}"
    if earlier := moved_from(change):
        begins = (
            f"{who} moved function {change.on} at {at} from role {short(earlier)}, which allowed this: {made.words}"
        )
    ask = _ask(made)
    if made.first:
        return f"{begins} ({change.event}); {ask}"
    more = f" and {len(made.surplus) - LISTED} more" if len(made.surplus) > LISTED else ""
    also = f" It would also allow {', '.join(made.surplus[:LISTED])}{more}." if made.surplus else ""
    instead = "for this refusal alone" if others else "instead of the fix"
    return f"{begins} ({change.event}), {instead}; {ask}.{also}"


def _and(also: Change | None) -> str:
    """The other removal, where only both together end the refusal."""
    if also is None:
        return ""
    return (
        f", and {person(also.who)} at {also.at:%Y-%m-%d %H:%M} UTC ({also.event}), which only together end the refusal"
    )


def _ask(made: Offer) -> str:
    people = dict.fromkeys(person(each.who) for each in (made.change, made.also) if each and each.by_person)
    return f"ask {' and '.join(people)} first" if people else "a deployment did it: the lasting fix is its template"


def _note(change: Change) -> str:
    who = f"{change.who} (a person)" if change.by_person else change.who
    detail = f" ({change.detail})" if change.detail else ""
    restoring = (
        "ask before it is restored" if change.by_person else "restoring it may be the least that ends the refusal"
    )
    return f"changed at {change.at:%Y-%m-%d %H:%M} UTC by {who}: {change.event} on {change.on}{detail}; {restoring}"
