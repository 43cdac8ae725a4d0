"""The middle of a Slack message: why, the fix in one form, what it gains, what is missing for a button."""

from __future__ import annotations

from datetime import datetime

from iam_watchdog.model import Confidence, Diagnosis, Fix, Incident, Proposed
from iam_watchdog.ports import Settings
from iam_watchdog.report import blocks
from iam_watchdog.report.became import became, people
from iam_watchdog.report.blocks import PREFORMATTED, Block
from iam_watchdog.report.escape import line
from iam_watchdog.report.fix_json import kind, target
from iam_watchdog.report.forms import forms
from iam_watchdog.report.gains import gains
from iam_watchdog.report.gates import State, gates, statement
from iam_watchdog.report.missing import TAG_IT, commands, missing, tag_command
from iam_watchdog.report.standing import Standing
from iam_watchdog.report.words import TOGETHER, together

MOST = 4
"""Fixes of one plan that a message shows."""
NOTES = 6
"""Notes that a message shows: two of the role's other owners, three of what changed, one of the rule's."""
ALL_FIXES = 5_000
"""Characters for all of them; a plan that needs more is too long for a yes in Slack."""


def result(incident: Incident, now: datetime) -> list[Block]:
    """What became of it, before what it was."""
    who = people(incident)
    rows = became(incident, now)
    drawn = ([blocks.text(f"{label}:  ", bold=True), *blocks.named(line(words, 900), who)] for label, words in rows)
    return [blocks.rich(*drawn)] if rows else []


def why(found: Proposed, before: bool = False) -> list[Block]:
    """The cause, the gates in one line, the statement that decides, and what else is worth knowing."""
    diagnosis = found.diagnosis
    rows = [_row("Why it was refused" if before else "Why", line(diagnosis.because, 1_200))]
    named = [g for g in gates(diagnosis, found.unread) if g.state is not State.ABSENT]
    if named:
        way = (f"{_SIGNS[g.state]} {g.title}{_UNREAD.get(g.state, '')}" for g in named)
        rows.append(_row("The way as it was" if before else "The way", " · ".join(way)))
    if deciding := _deciding(diagnosis):
        rows.append(deciding)
    return [blocks.rich(*rows), *_notes(found)]


_SIGNS = {State.OPEN: "✓", State.SHUT: "✗", State.UNREAD: "?", State.ABSENT: "–"}
_UNREAD = {State.UNREAD: " (unread)"}


def _row(label: str, words: str) -> list[Block]:
    return [blocks.text(f"{label}:  ", bold=True), blocks.text(words)]


def _deciding(diagnosis: Diagnosis) -> list[Block]:
    """Statements of the layer that denied; in the others what nearly matches explains nothing."""
    verdict = diagnosis.verdict
    for label, findings in (("Decided by", verdict.deciding), ("Nearest", verdict.near)):
        of_layer = [f for f in findings if diagnosis.layer in (f.layer, None)]
        if of_layer:
            return _row(label, "; ".join(line(statement(f), 600) for f in of_layer[:2]))
    return []


def _notes(found: Proposed) -> list[Block]:
    """The way names what was unread; why it was stands here only where that decides."""
    decides = found.diagnosis.confidence is not Confidence.VERIFIED
    known = " ".join(found.diagnosis.notes)
    more = [u for u in found.unread if u.why not in known] if decides else []
    unread = [f"Could not be read: {u.what}: {u.why}" for u in more[:4]]
    notes = [line(note, 300) for note in (*found.diagnosis.notes[:NOTES], *unread)]
    return [blocks.bullets(notes)] if notes else []


def all_ended(incident: Incident) -> list[Block]:
    """Each call that the one fix ends, in its own line."""
    calls = together(incident)
    return [blocks.rich([blocks.text(TOGETHER, bold=True)]), blocks.bullets(calls)] if calls else []


def fix(found: Proposed, stands: Standing = Standing.TO_DO) -> list[Block]:
    """Each fix by its words and its JSON, and what all of them gain."""
    drawn: list[Block] = []
    left = ALL_FIXES
    for one in found.diagnosis.fixes[:MOST]:
        form = forms(one).get("json", "")
        label = _VERBS[kind(one)] if stands is Standing.TO_DO else _LATER[stands].format(_ON[kind(one)])
        drawn.append(blocks.rich(_row(label, _what(one))))
        if form and left > 200:
            drawn.append(blocks.preformatted(form, min(left, PREFORMATTED)))
            left -= min(len(form), PREFORMATTED)
    if found.proof and drawn:
        words = gains(found.proof)
        drawn.append(blocks.rich([blocks.text(words[:1].upper() + words[1:], bold=not found.proof.surplus)]))
    return drawn


_VERBS = {
    "attach_managed_policy": "Fix: attach to the role",
    "add_role_statements": "Fix: add to the role",
    "add_invoke_permission": "Fix: let it start the function",
    "advice": "To do by its owner",
}
_ON = {
    "attach_managed_policy": "the role",
    "add_role_statements": "the role",
    "add_invoke_permission": "the function",
    "advice": "its owner",
}
_LATER = {
    Standing.IN_HAND: "Being added to {}",
    Standing.MADE: "Added to {}",
    Standing.TAKEN_BACK: "Added to {}, and taken back",
    Standing.NOT_MADE: "Was proposed for {}",
}


def _what(one: Fix) -> str:
    text = getattr(one, "text", "")
    where = target(one)
    return line(f"{text} ({where})" if text and where and where not in text else text or where, 800)


def shown_whole(found: Proposed) -> bool:
    """True if every byte of the plan stands in the message: nobody is asked for a yes to what is cut off."""
    written = [forms(one).get("json", "") for one in found.diagnosis.fixes]
    whole = all(0 < len(form) <= PREFORMATTED for form in written)
    return whole and len(written) <= MOST and sum(map(len, written)) <= ALL_FIXES


def by_hand(found: Proposed, settings: Settings) -> list[Block]:
    """No button that would only be refused: what is missing, and the command."""
    against = missing(found, settings)
    if not against and not shown_whole(found):
        against = ("The plan is too long to be shown here whole; it stands in the full report.",)
    if not against or not found.plan:
        return []
    drawn = [blocks.rich([blocks.text("No Apply button, because:", bold=True)]), blocks.bullets(against)]
    made = "\n".join(commands(found))
    ways = (("By hand:", made), (TAG_IT, tag_command(found)))
    for label, commanded in ways:
        if commanded and len(commanded) <= PREFORMATTED:
            drawn += [blocks.rich([blocks.text(label, bold=True)]), blocks.preformatted(commanded)]
    return drawn
