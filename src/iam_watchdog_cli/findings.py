"""What `explain` has to say: a finding for each denial, and where one change ends several, the same in each of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from iam_watchdog import guard, together
from iam_watchdog.model import WATCHDOG, Answer, Confidence, Denial, Diagnosis, Evidence, Proof, Verdict, Words
from iam_watchdog.part import Part, look
from iam_watchdog.ports import Reader, Settings
from iam_watchdog.remedy import propose
from iam_watchdog.together import Joint
from iam_watchdog_cli import streams


@dataclass(frozen=True, slots=True)
class Finding:
    """One denial with what was found out about it; without a denial: what could not be decided of the function."""

    denial: Denial | None
    evidence: Evidence
    diagnosis: Diagnosis
    proof: Proof | None
    refusals: Words


def of(groups: Sequence[Sequence[Denial]], reader: Reader, settings: Settings) -> Iterator[Finding]:
    """One finding a denial, in order; only denials of one group are ended by one change."""
    number, all_of_them = 0, sum(len(group) for group in groups)
    for group in groups:
        parts = []
        for denial in group:
            number += 1
            streams.progress(f"reading the permission layers of denial {number} of {all_of_them} …")
            parts.append(look(denial.fingerprint, denial, reader.changes(denial, reader.gather(denial))))
        yield from (reviewed(finding, reader) for finding in explained(parts, settings))
    streams.progress("")


def undecided(function: str, why: Words) -> Finding:
    """Nothing refused is no health where something that decides could not be read."""
    because = f"Whether function {function} may do all that it needs could not be decided: {'; '.join(why)[:1500]}."
    verdict = Verdict(Answer.UNKNOWN, {}, unknown=why)
    found = Diagnosis("undecided", None, because, Confidence.INCOMPLETE, bound=False, verdict=verdict)
    return Finding(None, Evidence(datetime.now(UTC)), found, None, ("not_a_grant",))


def explained(parts: Sequence[Part], settings: Settings) -> list[Finding]:
    """One finding a denial; where one change ends several, each of them carries it."""
    joint = {part.id: one for one in together.joints(parts) for part in one.parts}
    return [_jointly(part, joint[part.id], settings) if part.id in joint else _alone(part, settings) for part in parts]


def _alone(part: Part, settings: Settings) -> Finding:
    plan, found = part.plan, part.found
    against = guard.refusals(plan, found, part.denial, part.evidence, WATCHDOG, settings) if plan else ("not_a_grant",)
    return Finding(part.denial, part.evidence, found, part.proof, against)


def _jointly(part: Part, joint: Joint, settings: Settings) -> Finding:
    """To apply it once is enough; applied again it changes nothing."""
    note = f"this one fix ends all {len(joint.parts)} refused calls of {part.denial.function} that carry it"
    found = together.ended(joint, part)
    found = replace(found, notes=(*found.notes, note))
    proof = joint.proofs[joint.parts.index(part)]
    return Finding(part.denial, part.evidence, found, proof, together.refusals(joint, WATCHDOG, settings))


def reviewed(found: Finding, reader: Reader) -> Finding:
    """With the second opinion on its fixes; an error in them refuses whatever the guard said."""
    evidence = reader.validate(found.diagnosis.fixes, found.evidence)
    against = {*found.refusals, *(("invalid",) if "validation_error" in evidence.facts else ())}
    refusals = tuple(name for name in guard.REFUSALS if name in against)
    return replace(found, evidence=evidence, diagnosis=propose.remarked(found.diagnosis, evidence), refusals=refusals)
