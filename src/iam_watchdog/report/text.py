"""Plain text for an e-mail: the first line, why, what to do, and at the end the exact JSON to paste."""

from __future__ import annotations

import textwrap
from datetime import datetime

from iam_watchdog.happened import background, timeline
from iam_watchdog.model import Fix, Incident, Proof, Proposed, Words
from iam_watchdog.ports import Settings
from iam_watchdog.report.escape import line, lines, subject
from iam_watchdog.report.fix_json import kind, target
from iam_watchdog.report.forms import forms
from iam_watchdog.report.gates import State, gates
from iam_watchdog.report.missing import TAG_IT, commands, missing, tag_command
from iam_watchdog.report.notification import report_key
from iam_watchdog.report.outcome import nothing
from iam_watchdog.report.words import TOGETHER, first_line, more, name, refused, together
from iam_watchdog.status import derive

LIMIT = 30_000
SUBJECT = 99
"""Characters that SNS takes as a subject."""


def mail_subject(incident: Incident, now: datetime) -> str:
    """Status, function and what is refused, within what SNS takes as a subject."""
    status = derive(incident, now).value.replace("_", " ")
    others = more(incident)
    return subject(f"{status}: {name(incident.denial)}: {refused(incident.denial)}", SUBJECT - len(others)) + others


def text(incident: Incident, settings: Settings, now: datetime) -> str:
    """The whole e-mail; the JSON to paste comes last, so that nothing has to be cut out of the middle."""
    found = incident.last(Proposed)
    parts = [_wrap(first_line(incident, settings, now))]
    if found:
        parts += [_why(found), _together(incident), _to_do(found, settings), _proof(found.proof), _unread(found)]
    parts += [_history(incident), _where(incident, settings)]
    parts += [_paste(found)] if found else []
    return lines("\n\n".join(p for p in parts if p), LIMIT) + "\n"


def _wrap(words: str) -> str:
    return textwrap.fill(line(words, 2_000), 100, break_long_words=False, break_on_hyphens=False)


def _why(found: Proposed) -> str:
    diagnosis = found.diagnosis
    rows = [f"WHY ({diagnosis.rule}, {diagnosis.confidence})", _wrap(diagnosis.because)]
    rows += [_wrap(f"- {note}") for note in diagnosis.notes]
    shown = [g for g in gates(diagnosis, found.unread) if g.state is not State.ABSENT]
    rows += [line(f"  [{g.state:^6}] {g.title}: {g.because}", 600) for g in shown]
    return "\n".join(rows)


def _together(incident: Incident) -> str:
    calls = together(incident)
    return "\n".join(_wrap(row) for row in (TOGETHER, *(f"- {call}" for call in calls))) if calls else ""


def _to_do(found: Proposed, settings: Settings) -> str:
    fixes = found.diagnosis.fixes
    if not fixes:
        return f"WHAT TO DO\n{nothing(found).capitalize()}."
    rows = ["WHAT TO DO", *(_fix_line(fix) for fix in fixes)]
    if against := missing(found, settings):
        rows += ["Not applicable from Slack, because:", *(_wrap(f"- {reason}") for reason in against), "By hand:"]
        rows += [lines(f"  {command}", 8_000) for command in commands(found)]
        rows += [TAG_IT, f"  {tag}"] if (tag := tag_command(found)) else []
    return "\n".join(rows)


def _fix_line(fix: Fix) -> str:
    verb = VERBS.get(kind(fix))
    if verb is None:
        words = getattr(fix, "text", "")
        return _wrap(f"- {words} ({target(fix)})" if target(fix) and target(fix) not in words else f"- {words}")
    return _wrap(f"- {verb} {target(fix)}")


VERBS = {
    "attach_managed_policy": "Attach the managed policy below to the role",
    "add_role_statements": "Add the statements below to the role",
    "add_invoke_permission": "Add the permission below to the function",
}


def _proof(proof: Proof | None) -> str:
    if proof is None:
        return ""
    return f"PROOF\nbefore: {proof.before}; after: {proof.after}; {gains(proof)}"


def gains(proof: Proof) -> str:
    """What else would be allowed: nothing, or the surplus by name."""
    tried = f" ({proof.probes} other requests tried)" if proof.probes else ""
    if proof.gained:
        return f"gains also: {_listed(proof.gained)}{tried}"
    if proof.surplus:
        return f"also allows, because a managed policy comes whole: {_listed(summed(proof.surplus))}{tried}"
    return f"gains: nothing else{tried}"


def summed(surplus: Words) -> Words:
    """Action by action: on what, or on how much more; the full list stands in the report."""
    by_action: dict[str, list[str]] = {}
    for entry in surplus:
        action, _, resource = entry.partition(" on ")
        by_action.setdefault(action, []).append(resource)
    return tuple(_sum(action, resources) for action, resources in by_action.items())


def _sum(action: str, resources: list[str]) -> str:
    if resources == [""]:
        return action
    if "*" in resources:
        return f"{action} on any resource"
    return f"{action} on {resources[0]}" if len(resources) == 1 else f"{action} on {len(resources)} other resources"


def _listed(items: Words, most: int = 12) -> str:
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(line(i, 200) for i in items[:most]) + more


def _unread(found: Proposed) -> str:
    if not found.unread:
        return ""
    rows = [line(f"- {u.layer}: {u.what}: {u.why}", 500) for u in found.unread[:20]]
    return "\n".join(["COULD NOT BE READ", *rows])


def _history(incident: Incident) -> str:
    rows = [line(f"{at:%Y-%m-%d %H:%M:%S} UTC  {what}", 400) for at, what in timeline(incident)[-12:]]
    excerpt = incident.denial.excerpt
    said = ["", "As the log says (matched part only):", f"  {line(excerpt, 600)}"] if excerpt else []
    return "\n".join(["WHAT HAPPENED", *rows, *said])


def _where(incident: Incident, settings: Settings) -> str:
    more = f"iam-watchdog incidents --json   # stack {settings.stack}"
    rows = [f"Incident {incident.id}, cycle {incident.cycle}. Report: {report_key(incident)} in the bucket."]
    return "\n".join([*rows, *(_wrap(f"It {words}.") for words in background(incident)), more])


def _paste(found: Proposed) -> str:
    blocks = [(fix, forms(fix).get("json", "")) for fix in found.diagnosis.fixes]
    pasted = [f"{_heading(fix)}\n\n{json}" for fix, json in blocks if json]
    pasted += [f"{RECOMMENDED}\n\n{json}" for one in found.diagnosis.beside if (json := forms(one).get("json", ""))]
    return "\n\n".join(pasted)


RECOMMENDED = "RECOMMENDED BESIDE IT (another inline policy of the same role):"


def _heading(fix: Fix) -> str:
    return f"TO PASTE ({kind(fix).replace('_', ' ')}, for {line(target(fix), 300)}):"
