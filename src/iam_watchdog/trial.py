"""After a change: try, wait, try again; two successes apart are proof, the same denial at the end is taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from iam_watchdog.asking import verdicts, worst
from iam_watchdog.authority import since
from iam_watchdog.model import (
    WATCHDOG,
    Answer,
    Applied,
    Denial,
    Incident,
    Step,
    StepKind,
    Trial,
    Tried,
    Undone,
)
from iam_watchdog.ports import TrialWorld
from iam_watchdog.telling import tell

HOUR = timedelta(hours=1)
OBSERVED_FOR = 24 * HOUR
"""A function that is only observed is given a day to run by itself."""


def judge(incident: Incident, applied: Applied, step: Step, world: TrialWorld) -> Incident:
    """Make one trial and decide what follows: another trial, verified, undo, or a question to a person."""
    later = since(incident, applied)
    last = later.last(Tried)
    if later.last(Undone) or (last and (last.final or last.attempt >= step.attempt)):
        return _again(incident, last, step, world)
    succeeded = _succeeded(later)
    trial = world.invoker.trial(incident, _newer_than(later, applied))
    if trial.ok and succeeded:
        trial = _confirmed(incident, trial, world)
        if trial.ok or not _more_to_come(trial, step, applied, world):
            return _end(incident, trial, step, world)
        return _wait(incident, trial, step, world, _wait_for(step, world))  # A read that failed may not fail again.
    if trial.ok:
        # One success may come from a lucky endpoint: IAM is eventually consistent, so a second one, apart, is needed.
        return _wait(incident, trial, step, world, world.settings.gap)
    if trial.other_denial is not None:
        return _end(incident, trial, step, world)
    if _more_to_come(trial, step, applied, world):
        return _wait(incident, trial, step, world, _wait_for(step, world))
    return _end(incident, _cross_checked(incident, _unobserved(trial, succeeded=succeeded), world), step, world)


def _succeeded(later: Incident) -> bool:
    """True after a first success; that a watched function has not run since then takes nothing from it."""
    tried = [fact.trial for fact in later.facts if isinstance(fact, Tried)]
    told = [trial for trial in tried if trial.clear or trial.how != "observe"]
    return bool(told) and told[-1].ok


def _unobserved(trial: Trial, *, succeeded: bool) -> Trial:
    """A day is over and nobody could watch it run: the change stays, and that is said."""
    if trial.how != "observe" or trial.clear:
        return trial
    again = " a second time" if succeeded else ""
    return replace(trial, detail=f"applied, not observed{again} within {OBSERVED_FOR // HOUR} hours: {trial.detail}")


def _newer_than(later: Incident, applied: Applied) -> datetime:
    """A run counts once: what was seen up to the last success has been counted."""
    successes = [fact.at for fact in later.facts if isinstance(fact, Tried) and fact.trial.ok]
    return successes[-1] if successes else applied.at


def _again(incident: Incident, last: Tried | None, step: Step, world: TrialWorld) -> Incident:
    """The same step told twice: send once more what follows from the trial that was already made."""
    if last and last.final and last.trial.same_denial and not incident.last(Undone):
        world.queue.step(replace(step, kind=StepKind.UNDO, by=WATCHDOG))
    elif last and not last.final:
        world.queue.step(replace(step, attempt=last.attempt + 1), _wait_for(step, world))
    else:
        return tell(incident, world)
    return incident


def _more_to_come(trial: Trial, step: Step, applied: Applied, world: TrialWorld) -> bool:
    if trial.how == "observe" and not trial.clear:
        return world.clock.now() < applied.at + OBSERVED_FOR
    return step.attempt + 1 < len(world.settings.waits)


def _wait_for(step: Step, world: TrialWorld) -> int:
    waits = world.settings.waits
    return waits[min(step.attempt + 1, len(waits) - 1)]


def _wait(incident: Incident, trial: Trial, step: Step, world: TrialWorld, seconds: int) -> Incident:
    incident = world.facts.add(incident, Tried(world.clock.now(), trial, step.attempt))
    world.queue.step(replace(step, attempt=step.attempt + 1), seconds)
    return incident


def _cross_checked(incident: Incident, trial: Trial, world: TrialWorld) -> Trial:
    """Undo only if evaluator and function agree: text alone neither undoes nor keeps."""
    if not trial.same_denial:
        return trial
    found = verdicts(incident, world.reader)
    if any(verdict.denied for verdict in found):
        return trial
    detail = f"{trial.detail}; but what can be read says {worst(found)}: a person has to decide"
    return replace(trial, same_denial=False, clear=False, detail=detail)


def _confirmed(incident: Incident, trial: Trial, world: TrialWorld) -> Trial:
    """A handler that swallows its denial answers well: what can be read has to allow the call too."""
    answer = worst(verdicts(incident, world.reader))
    if answer is Answer.ALLOWED:
        return trial
    detail = f"{trial.detail}; but what can be read says {answer}: a person has to decide"
    return replace(trial, ok=False, clear=False, detail=detail)


def different_denial(incident: Incident) -> Denial | None:
    """What the last trial met instead, as a denial of its own that follows this incident."""
    tried = incident.last(Tried)
    other = tried.trial.other_denial if tried and tried.final else None
    return replace(other, follows=incident.id) if other else None


def _end(incident: Incident, trial: Trial, step: Step, world: TrialWorld) -> Incident:
    incident = world.facts.add(incident, Tried(world.clock.now(), trial, step.attempt, final=True))
    if not trial.ok and trial.same_denial:
        world.queue.step(replace(step, kind=StepKind.UNDO, by=WATCHDOG))
        return incident  # Told when it is taken back: one message, not two.
    return tell(incident, world)
