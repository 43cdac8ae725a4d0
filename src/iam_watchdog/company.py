"""One incident in company: the function's other open incidents that one plan ends with it, and who tells of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from iam_watchdog import guard, together
from iam_watchdog.kin import carries, may_join, worth_reading
from iam_watchdog.looking import Looked
from iam_watchdog.model import (
    Also,
    Diagnosis,
    Incident,
    Plan,
    Proof,
    Words,
)
from iam_watchdog.part import Part
from iam_watchdog.ports import Reader, ReadWorld, Settings, WriteWorld
from iam_watchdog.remedy import propose
from iam_watchdog.together import Joint

MOST = 5
"""So many others are looked into: each is read like a denial of its own."""
LEFT = "this function has more open refusals, which are proposed by themselves"


@dataclass(frozen=True, slots=True)
class Company:
    """What was found about one incident, alone or with others."""

    own: Part
    incidents: tuple[Incident, ...]
    """Its own first."""
    joint: Joint | None = None
    ended: Diagnosis | None = None
    """Its own diagnosis with the joint fix."""
    carried_by: str = ""
    notes: Words = ()

    @property
    def found(self) -> Diagnosis:
        """Its own diagnosis; the fix is the joint one."""
        found = self.ended or self.own.found
        return propose.remarked(replace(found, notes=(*found.notes, *self.notes)), self.own.evidence)

    @property
    def plan(self) -> Plan | None:
        """What would be done."""
        return self.joint.plan if self.joint else self.own.plan

    @property
    def proof(self) -> Proof | None:
        """What that would do."""
        return self.joint.plan.proof if self.joint else self.own.proof

    @property
    def also(self) -> tuple[Also, ...]:
        """The others, as they were looked into."""
        others = self.joint.parts[1:] if self.joint else ()
        return tuple(Also(part.id, part.denial, part.found.request) for part in others)

    def refusals(self, who: str, settings: Settings, *, enabled: bool = True, tried: Collection[str] = ()) -> Words:
        """What speaks against the plan, for each denial that it ends."""
        if self.joint:
            return together.refusals(self.joint, who, settings, enabled=enabled, tried=tried)
        own = self.own
        asked = (own.plan, own.found, own.denial, own.evidence, who, settings)
        return guard.refusals(*asked, enabled=enabled, tried=tried)


def reviewed(made: Company, reader: Reader) -> Company:
    """With the second opinion on what is about to be shown."""
    own = replace(made.own, evidence=reader.validate(made.found.fixes, made.own.evidence))
    joint = replace(made.joint, parts=(own, *made.joint.parts[1:])) if made.joint else None
    return replace(made, own=own, joint=joint)


def gathered(own: Part, incident: Incident, world: ReadWorld, looked: Looked) -> Company:
    """With whatever else is open and may join now; one whose people were told elsewhere stays as it is."""
    if not own.statements and own.found.rule != "already_allowed":
        return Company(own, (incident,))
    kin = [other for other in world.facts.of_function(incident.denial) if other.id != incident.id]
    if carrier := next((other.id for other in kin if carries(other, incident, own, world)), ""):
        return Company(own, (incident,), carried_by=carrier)
    others = [other for other in kin if worth_reading(other, world.clock.now())]
    crowd = len(others) > MOST
    # A log that claims a crowd of refusals was rather written by a stranger: none of them rides with another.
    made = _with(own, incident, () if crowd and own.claimed else others[:MOST], world, looked)
    return replace(made, notes=(*made.notes, LEFT)) if crowd else made


def again(own: Part, incident: Incident, names: Words, world: ReadWorld | WriteWorld, looked: Looked) -> Company:
    """With these incidents, as far as they are still open and may still join."""
    named = [other for name in names if (other := _known(name, world)) and may_join(other, world.clock.now())]
    return _with(own, incident, named, world, looked)


def _with(
    own: Part, incident: Incident, others: Sequence[Incident], world: ReadWorld | WriteWorld, looked: Looked
) -> Company:
    parts, members, notes = [own], [incident], []
    for other in others:
        part = looked.joining(other, parts, world)
        if isinstance(part, str):
            notes.append(part)
        elif part:
            parts.append(part)
            members.append(other)
    match looked.joined(parts):
        case Joint() as joint, ended:
            return Company(own, tuple(members), joint, ended, notes=tuple(notes))
        case str() as why:
            notes.append(why)
    return Company(own, (incident,), notes=tuple(notes))


def _known(name: str, world: ReadWorld | WriteWorld) -> Incident | None:
    try:
        return world.facts.load(name)
    except LookupError:
        return None
