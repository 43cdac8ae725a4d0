"""Plain text for an e-mail: the first line, why, what to do, and at the end the exact JSON to paste."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from datetime import datetime

from iam_watchdog.happened import background, timeline
from iam_watchdog.model import Fix, Incident, Proof, Proposed, Status
from iam_watchdog.ports import Settings
from iam_watchdog.report.became import HEADING, became
from iam_watchdog.report.escape import line, lines, subject
from iam_watchdog.report.fix_json import kind, target
from iam_watchdog.report.forms import forms
from iam_watchdog.report.gains import gains
from iam_watchdog.report.gates import State, gates
from iam_watchdog.report.missing import TAG_IT, commands, missing, tag_command
from iam_watchdog.report.notification import report_key
from iam_watchdog.report.outcome import nothing
from iam_watchdog.report.standing import Standing, past, standing
from iam_watchdog.report.words import TOGETHER, first_line, more, name, refused, together
from iam_watchdog.status import derive, under_way

LIMIT = 30_000
SUBJECT = 99
"""Characters that SNS takes as a subject."""


def mail_subject(incident: Incident, now: datetime) -> str:
    """Status, function and what is refused, within what SNS takes as a subject."""
    word = derive(incident, now)
    status = "not verified" if word is Status.NOT_YET and not under_way(incident, now) else word.replace("_", " ")
    others = more(incident)
    return subject(f"{status}: {name(incident.denial)}: {refused(incident.denial)}", SUBJECT - len(others)) + others


def text(incident: Incident, settings: Settings, now: datetime) -> str:
    """The whole e-mail; the JSON to paste comes last, so that nothing has to be cut out of the middle."""
    found = incident.last(Proposed)
    parts = [_wrap(first_line(incident, settings, now))]
    if found:
        before, stands = past(incident, now), standing(incident, now)
        parts += [_became(incident, now), _why(found, before), _together(incident)]
        parts += [_to_do(found, settings) if stands is Standing.TO_DO else _done(found, stands)]
        parts += [_proof(found.proof), _unread(found)]
    parts += [_history(incident), _where(incident, settings)]
    parts += [_paste(found, standing(incident, now))] if found else []
    return lines("\n\n".join(p for p in parts if p), LIMIT) + "\n"


def _wrap(words: str) -> str:
    return textwrap.fill(line(words, 2_000), 100, break_long_words=False, break_on_hyphens=False)


def _became(incident: Incident, now: datetime) -> str:
    rows = became(incident, now)
    return "\n".join([HEADING.upper(), *(_wrap(f"- {label}: {words}") for label, words in rows)]) if rows else ""


def _why(found: Proposed, before: bool) -> str:
    diagnosis, head = found.diagnosis, "WHY IT WAS REFUSED" if before else "WHY"
    rows = [f"{head} ({diagnosis.rule}, {diagnosis.confidence})", _wrap(diagnosis.because)]
    rows += [_wrap(f"- {note}") for note in diagnosis.notes]
    shown = [g for g in gates(diagnosis, found.unread, past=before) if g.state is not State.ABSENT]
    rows += [line(f"  [{g.word:^6}] {g.title}: {g.because}", 600) for g in shown]
    return "\n".join(rows)


def _done(found: Proposed, stands: Standing) -> str:
    """The same fixes, once they are nobody's task any more."""
    rows = [_fix_line(fix, NOUNS) for fix in found.diagnosis.fixes]
    return "\n".join([stands.upper(), *rows]) if rows else ""


def _together(incident: Incident) -> str:
    calls = together(incident)
    return "\n".join(_wrap(row) for row in (TOGETHER, *(f"- {call}" for call in calls))) if calls else ""


def _to_do(found: Proposed, settings: Settings) -> str:
    fixes = found.diagnosis.fixes
    if not fixes:
        return f"WHAT TO DO\n{nothing(found).capitalize()}."
    rows = ["WHAT TO DO", *(_fix_line(fix, VERBS) for fix in fixes)]
    if against := missing(found, settings):
        rows += ["Not applicable from Slack, because:", *(_wrap(f"- {reason}") for reason in against), "By hand:"]
        rows += [lines(f"  {command}", 8_000) for command in commands(found)]
        rows += [TAG_IT, f"  {tag}"] if (tag := tag_command(found)) else []
    return "\n".join(rows)


def _fix_line(fix: Fix, verbs: Mapping[str, str]) -> str:
    verb = verbs.get(kind(fix))
    if verb is None:
        words = getattr(fix, "text", "")
        return _wrap(f"- {words} ({target(fix)})" if target(fix) and target(fix) not in words else f"- {words}")
    return _wrap(f"- {verb} {target(fix)}")


VERBS = {
    "attach_managed_policy": "Attach the managed policy below to the role",
    "add_role_statements": "Add the statements below to the role",
    "add_invoke_permission": "Add the permission below to the function",
}
NOUNS = {
    "attach_managed_policy": "The managed policy below, for the role",
    "add_role_statements": "The statements below, for the role",
    "add_invoke_permission": "The permission below, for the function",
}


def _proof(proof: Proof | None) -> str:
    if proof is None:
        return ""
    return f"PROOF\nbefore: {proof.before}; after: {proof.after}; {gains(proof)}"


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


def _paste(found: Proposed, stands: Standing) -> str:
    blocks = [(fix, forms(fix).get("json", "")) for fix in found.diagnosis.fixes]
    pasted = [f"{_heading(fix, stands)}\n\n{json}" for fix, json in blocks if json]
    pasted += [f"{RECOMMENDED}\n\n{json}" for one in found.diagnosis.beside if (json := forms(one).get("json", ""))]
    return "\n\n".join(pasted)


RECOMMENDED = "RECOMMENDED BESIDE IT (another inline policy of the same role):"


def _heading(fix: Fix, stands: Standing) -> str:
    head = "TO PASTE" if stands is Standing.TO_DO else "THE SAME, TO COPY"
    return f"{head} ({kind(fix).replace('_', ' ')}, for {line(target(fix), 300)}):"
