"""Other incidents, looked into for the one in hand: each once, and what fails with one costs no other anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from iam_watchdog import together
from iam_watchdog.model import Diagnosis, Incident, Witness, Words
from iam_watchdog.part import Part, joins, look
from iam_watchdog.ports import ReadWorld, Trouble, WriteWorld
from iam_watchdog.together import Joint

NOT_LOOKED_INTO = "another open refusal of this function could not be looked into with it"


def consider(incident: Incident, world: ReadWorld | WriteWorld) -> Part:
    """Read, diagnose and prove one incident by itself."""
    evidence = world.reader.changes(incident.denial, world.reader.gather(incident.denial))
    confirmed = incident.witness is not Witness.LOG
    return look(incident.id, incident.denial, evidence, confirmed=confirmed)


@dataclass(slots=True)
class Looked:
    """What was found so far about others."""

    trouble: Trouble | None = None
    """Told of what fails; None before a change: that fails the step then, and the queue brings it again."""
    known: dict[str, Part | str] = field(default_factory=dict)
    """By incident; or why it could not be looked into."""

    def joining(self, other: Incident, parts: Sequence[Part], world: ReadWorld | WriteWorld) -> Part | str | None:
        """Its part if that joins these, why nobody knows, or None for one that stays by itself."""
        known = self.known.get(other.id)
        if isinstance(known, str):
            return known
        try:
            part = self.known[other.id] = known or consider(other, world)
            fits = joins(parts[0], part) and together.readable((*parts, part))
        except Exception as why:  # noqa: BLE001 - whatever is wrong with that one, this one is told of
            failed = self.known[other.id] = self._failed((other.id,), why)
            return failed
        return part if fits else None

    def joined(self, parts: Sequence[Part]) -> tuple[Joint, Diagnosis] | str | None:
        """The one change for all and the first one's diagnosis with it, why nobody knows, or None if there is none."""
        try:
            joint = together.join(parts)
            return (joint, together.ended(joint, parts[0])) if joint else None
        except Exception as why:  # noqa: BLE001 - whatever is wrong with them together, this one is told of
            return self._failed(tuple(part.id for part in parts[1:]), why)

    def _failed(self, names: Words, why: Exception) -> str:
        if self.trouble is None:
            raise why
        words = f"{NOT_LOOKED_INTO}: incident {', '.join(names)} ({type(why).__name__})"
        self.trouble(words, why)
        return words
