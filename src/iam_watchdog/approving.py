"""A person's word: one button of one message, pressed once, in time, by somebody who may, about exactly one plan."""

from __future__ import annotations

from datetime import timedelta

from iam_watchdog.authority import given_up, plan_of, since
from iam_watchdog.clicks import Click
from iam_watchdog.guard import PERSON
from iam_watchdog.model import (
    Applied,
    Approved,
    Dismissed,
    Incident,
    Prepared,
    Proposed,
    Shown,
    Snoozed,
    Step,
    StepKind,
    Undone,
)
from iam_watchdog.ports import ApproveWorld, Settings
from iam_watchdog.status import FINISHED, derive, under_way

DISMISSED_FOR = timedelta(days=30)
SNOOZED_FOR = timedelta(hours=24)


class Refused(Exception):
    """A click that does nothing; the message is the one answer that the person gets."""

    def __init__(self, answer: str, url: str = "") -> None:
        super().__init__(answer)
        self.url = url


def heard(click: Click, world: ApproveWorld) -> str:
    """Do what the button says, if this person may say so about this plan now. Raises Refused with the one answer."""
    _admit(click, world.settings)
    try:
        incident = world.facts.load(click.incident)
    except LookupError:
        raise Refused("This incident is no longer known.", click.url) from None
    _same_message(click, incident)
    act = {"apply": _apply, "dismiss": _quiet, "snooze": _quiet, "report": _report, "undo": _undo}[click.button]
    return act(click, incident, world)


def _admit(click: Click, settings: Settings) -> None:
    """Team, app and channel are this deployment's, and the person is an approver: by id, never by name."""
    for given, expected, what in (
        (click.team, settings.slack_team, "workspace"),
        (click.app, settings.slack_app, "app"),
        (click.channel, settings.slack_channel, "channel"),
    ):
        if not expected or given != expected:
            raise Refused(f"This button is not for this {what}.", click.url)
    if click.user not in settings.approvers:
        raise Refused("You are not among the approvers of this deployment.", click.url)


def _same_message(click: Click, incident: Incident) -> None:
    """A message that was forwarded or drawn elsewhere keeps its buttons; only those we posted count."""
    posted = {fact.ts for fact in incident.facts if isinstance(fact, Shown) and fact.ts}
    if posted and click.message not in posted:
        raise Refused("This is not the message that was posted about the incident; use that one.", click.url)


def _apply(click: Click, incident: Incident, world: ApproveWorld) -> str:
    proposed = _current(click, incident)
    if said := [f for f in incident.facts if isinstance(f, Approved) and f.nonce == click.nonce]:
        return _again(click, said[0], incident, world)
    if since(incident, proposed).last(Prepared):
        raise Refused("This was applied already.", click.url)
    if derive(incident, world.clock.now()) in FINISHED:
        raise Refused("This has ended already; there is nothing to apply.", click.url)
    if world.clock.now() >= proposed.at + timedelta(seconds=world.settings.approval_ttl):
        raise Refused("This button has expired; the next message about the incident has a fresh one.", click.url)
    if against := proposed.refusals.get(PERSON, ("unknown",)):
        raise Refused(f"This cannot be applied from here: {', '.join(against)}.", click.url)
    yes = Approved(world.clock.now(), click.user, click.plan, click.nonce)
    if not world.facts.once(incident, f"apply:{click.nonce}", yes):
        raise Refused("Somebody else has just pressed this button.", click.url)
    _order(StepKind.APPLY, click, incident, world)
    return "Approved; it is applied now, and the outcome comes into the thread."


def _again(click: Click, yes: Approved, incident: Incident, world: ApproveWorld) -> str:
    """A button is good once; if the order was lost on its way the same person's second click sends it again."""
    if yes.by == click.user and incident.facts[-1] == yes:
        _order(StepKind.APPLY, click, incident, world)
    who = "you" if yes.by == click.user else f"<@{yes.by}>"
    raise Refused(f"This was approved already, by {who}.", click.url)


def _current(click: Click, incident: Incident) -> Proposed:
    proposed = incident.last(Proposed)
    if proposed is None or proposed.plan is None or not click.plan:
        raise Refused("There is nothing here that could be applied; the fix is for its owner to make.", click.url)
    if (click.plan, click.nonce) != (proposed.plan_hash, proposed.nonce) or given_up(incident, click.plan):
        raise Refused("A newer diagnosis has replaced this plan; use its message.", click.url)
    return proposed


def _quiet(click: Click, incident: Incident, world: ApproveWorld) -> str:
    now = world.clock.now()
    if derive(incident, now) in FINISHED:
        raise Refused("This has ended already; there is nothing to keep quiet.", click.url)
    if under_way(incident, now):
        raise Refused("A change is under way; wait for its outcome or undo it.", click.url)
    proposed = incident.last(Proposed)
    stood = (incident.occurrences, incident.witness, proposed.standing if proposed else {})
    if click.button == "dismiss":
        until = now + DISMISSED_FOR
        fact: Dismissed | Snoozed = Dismissed(now, click.user, until, *stood)
    else:
        until = now + SNOOZED_FOR
        fact = Snoozed(now, click.user, until, *stood)
    if not world.facts.once(incident, f"{click.button}:{click.nonce}", fact):
        raise Refused("This button was pressed already.", click.url)
    return f"Quiet until {until:%Y-%m-%d %H:%M} UTC, unless it gets much worse or the function, role or policy changes."


def _undo(click: Click, incident: Incident, world: ApproveWorld) -> str:
    prepared, undone = incident.last(Prepared), incident.last(Undone)
    if prepared is None or plan_of(incident, prepared.plan_hash) is None:
        raise Refused("Nothing was changed for this incident.", click.url)
    if click.plan != prepared.plan_hash:
        raise Refused("A newer plan was applied since; use its message.", click.url)
    if undone and not undone.refused:
        raise Refused("This was undone already.", click.url)
    if incident.last(Applied) is None:
        raise Refused("The change is being made right now; try again in a minute.", click.url)
    _order(StepKind.UNDO, click, incident, world)
    return "It is taken back now; the outcome comes into the thread."


def _report(click: Click, incident: Incident, world: ApproveWorld) -> str:
    if link := world.reports.link(incident):
        return f"<{link}|The full report>, for ten minutes."
    raise Refused("There is no stored report of this incident.", click.url)


def _order(kind: StepKind, click: Click, incident: Incident, world: ApproveWorld) -> None:
    world.queue.step(Step(incident.id, incident.cycle, kind, click.plan, click.user, click.nonce))
