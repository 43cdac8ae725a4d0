"""What Diagnose has to say about one incident: what denied, what would end it, and who may ask for that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from iam_watchdog import guard, rules
from iam_watchdog.authority import given_up, plan_of
from iam_watchdog.model import (
    WATCHDOG,
    Denial,
    Diagnosis,
    Evidence,
    Incident,
    Plan,
    Proof,
    Proposed,
    Step,
    StepKind,
    Undone,
    Words,
)
from iam_watchdog.ports import Facts, Mode, ReadWorld
from iam_watchdog.records import change_hash, plan_hash
from iam_watchdog.remedy import propose
from iam_watchdog.rules.case.binding import believed
from iam_watchdog.status import quieted

NO_GRANT: Mapping[str, Words] = {WATCHDOG: ("not_a_grant",), guard.PERSON: ("not_a_grant",)}


def proposal(incident: Incident, world: ReadWorld) -> Proposed:
    """Read, diagnose, prove and judge; the last proposal again as long as it is the same and still good."""
    denial = incident.denial
    evidence = world.reader.changes(denial, world.reader.gather(denial))
    found, plan, proof = propose.plan(rules.diagnose(denial, evidence), denial, evidence)
    evidence = world.reader.validate(found.fixes, evidence)
    found = propose.remarked(found, evidence)
    last = incident.last(Proposed)
    if last and last.plan == plan and last.diagnosis == found and _still_good(last, incident, world):
        return last
    refusals = _refusals(plan, found, evidence, incident, world) if plan else NO_GRANT
    made = _proposed(plan, found, proof, evidence, refusals, world)
    return replace(made, witness=believed(denial, evidence))


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


def _refusals(
    plan: Plan, found: Diagnosis, evidence: Evidence, incident: Incident, world: ReadWorld
) -> Mapping[str, Words]:
    denial: Denial = incident.denial
    tried = tried_before(incident, world.facts) if world.settings.mode is Mode.AUTO else frozenset()
    return {
        who: guard.refusals(plan, found, denial, evidence, who, world.settings, tried=tried)
        for who in (WATCHDOG, guard.PERSON)
    }


def _proposed(  # noqa: PLR0913 - one fact out of everything that was found
    plan: Plan | None,
    found: Diagnosis,
    proof: Proof | None,
    evidence: Evidence,
    refusals: Mapping[str, Words],
    world: ReadWorld,
) -> Proposed:
    return Proposed(
        at=world.clock.now(),
        diagnosis=found,
        plan=plan,
        proof=proof,
        refusals=refusals,
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
    )
