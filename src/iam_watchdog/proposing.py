"""What Diagnose has to say about one incident: what denied, what would end it, and who may ask for that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from iam_watchdog import company, guard, quiet
from iam_watchdog.authority import given_up, plan_of
from iam_watchdog.company import Company, reviewed
from iam_watchdog.kin import was_shown
from iam_watchdog.looking import NOT_LOOKED_INTO, Looked, consider
from iam_watchdog.model import (
    WATCHDOG,
    Diagnosis,
    Function,
    Incident,
    Proposed,
    Step,
    StepKind,
    Undone,
    Words,
)
from iam_watchdog.part import Part
from iam_watchdog.ports import Facts, Mode, ReadWorld
from iam_watchdog.records import change_hash, plan_hash
from iam_watchdog.rules.case.binding import believed
from iam_watchdog.status import lifted, quieted, word

UNTOLD = timedelta(minutes=15)
"""A change may be in nobody's history for so long: mostly it takes five minutes.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
"""
NO_GRANT: Mapping[str, Words] = {WATCHDOG: ("not_a_grant",), guard.PERSON: ("not_a_grant",)}


def proposal(incident: Incident, world: ReadWorld) -> Proposed:
    """Read, diagnose, prove and judge; the last proposal again as long as it is the same and still good.

    What a person put aside stays as it is until it changes or grows. What was shown is first looked at with
    those it was shown with: an incident that came later changes no message.
    """
    own, looked = consider(incident, world), Looked(world.trouble)
    last = incident.last(Proposed)
    said = word(incident, world.clock.now())
    if last and said and said.standing:
        changed = quiet.changed(said.standing, quiet.standing(own))
        return _anew(own, incident, world, looked, changed) if changed else last
    if last and lifted(incident, world.clock.now()):
        return _anew(own, incident, world, looked, quiet.grown(incident))
    if last and was_shown(incident, last):
        shown_with = last.plan.also if last.plan else ()
        shown = reviewed(company.again(own, incident, shown_with, world, looked), world.reader)
        if _same(last, shown, incident, world):
            return last
    made = reviewed(company.gathered(own, incident, world, looked), world.reader)
    return last if last and _same(last, made, incident, world) else _proposed(made, world)


def _anew(own: Part, incident: Incident, world: ReadWorld, looked: Looked, lifted_by: Words) -> Proposed:
    return _proposed(reviewed(company.gathered(own, incident, world, looked), world.reader), world, lifted_by)


def _same(last: Proposed, made: Company, incident: Incident, world: ReadWorld) -> bool:
    """The same plan for the same reason, told in the same place, and still good."""
    same = (last.plan, last.carried_by) == (made.plan, made.carried_by) and _plain(last.diagnosis) == _plain(made.found)
    return same and _still_good(last, incident, world)


def _plain(found: Diagnosis) -> Diagnosis:
    """Which others there were, and could not be looked into, is no reason for another message."""
    others = (company.LEFT, NOT_LOOKED_INTO)
    return replace(found, notes=tuple(note for note in found.notes if not note.startswith(others)))


def cause_may_follow(incident: Incident) -> bool:
    """True if no change is known from just before: CloudTrail may not have told of it yet."""
    found = incident.last(Proposed)
    return found is not None and not any(incident.denial.at - UNTOLD < change.at for change in found.changes)


def unasked(incident: Incident, now: datetime) -> Step | None:
    """The order to apply the newest plan, if nothing speaks against doing it unasked; a person's "no" does."""
    proposed = incident.last(Proposed)
    if quieted(incident, now):
        return None
    if proposed is None or proposed.plan is None or proposed.refusals.get(WATCHDOG, ("unknown",)):
        return None
    return Step(incident.id, incident.cycle, StepKind.APPLY, proposed.plan_hash, WATCHDOG, proposed.nonce)


def tried_before(incident: Incident, facts: Facts) -> frozenset[str]:
    """Hashes of plans that were taken back, in any cycle, and of the changes that a person took back, ever."""
    cycles = [incident]
    for number in range(1, incident.cycle):
        try:
            cycles.append(facts.load(incident.id, number))
        except LookupError:  # Forgotten: facts expire after a year.
            continue
    return frozenset(known for cycle in cycles for known in _taken_back(cycle))


def _taken_back(cycle: Incident) -> Iterator[str]:
    """What did not help may help when something else has changed; a person's undo stands whatever has."""
    for undone in (fact for fact in cycle.facts if isinstance(fact, Undone) and fact.plan_hash):
        yield undone.plan_hash
        shown = plan_of(cycle, undone.plan_hash)
        if undone.by != WATCHDOG and shown and shown.plan:
            yield change_hash(shown.plan.grants)


def _still_good(last: Proposed, incident: Incident, world: ReadWorld) -> bool:
    """A plan that was given up, or whose buttons have expired, is proposed anew with a new nonce."""
    if given_up(incident, last.plan_hash):
        return False
    if quieted(incident, world.clock.now()):
        return True
    return last.plan is None or world.clock.now() < last.at + timedelta(seconds=world.settings.approval_ttl)


def _refusals(made: Company, world: ReadWorld) -> Mapping[str, Words]:
    tried: frozenset[str] = frozenset()
    if world.settings.mode is Mode.AUTO:
        tried = tried.union(*(tried_before(incident, world.facts) for incident in made.incidents))
    return {who: made.refusals(who, world.settings, tried=tried) for who in (WATCHDOG, guard.PERSON)}


def _proposed(made: Company, world: ReadWorld, lifted_by: Words = ()) -> Proposed:
    evidence, plan = made.own.evidence, made.plan
    return Proposed(
        at=world.clock.now(),
        diagnosis=made.found,
        plan=plan,
        proof=made.proof,
        refusals=_refusals(made, world) if plan else NO_GRANT,
        role=evidence.role,
        target_account=evidence.target.account if evidence.target else "",
        unread=evidence.unread,
        nonce=guard.nonce(),
        plan_hash=plan_hash(plan) if plan else "",
        function_arn=evidence.function.arn if evidence.function else "",
        changes=tuple(replace(change, before="") for change in evidence.changes),
        ignored=any(
            thing.tags.get("iam-watchdog") == "ignore" for thing in (evidence.function, evidence.role) if thing
        ),
        witness=believed(made.own.denial, evidence),
        also=made.also,
        carried_by=made.carried_by,
        modified=_modified(evidence.function),
        standing=quiet.standing(made.own),
        lifted=lifted_by,
    )


def _modified(function: Function | None) -> datetime | None:
    """Lambda's own time of the last change, as ISO 8601 in UTC: 2026-11-23T11:59:00.000+0000."""
    try:
        at = datetime.fromisoformat(function.last_modified) if function else None
    except ValueError:
        return None
    return at if at and at.tzinfo else None
