"""The buttons under a Slack message: a reference to incident, plan and nonce, never the plan itself."""

from __future__ import annotations

from iam_watchdog.model import Incident, Prepared, Proposed, Status, Undone
from iam_watchdog.remedy import beside
from iam_watchdog.report import blocks
from iam_watchdog.report.blocks import Block
from iam_watchdog.report.escape import line
from iam_watchdog.report.fix_json import kind, target
from iam_watchdog.report.gains import gains
from iam_watchdog.report.slack_body import shown_whole


def buttons(incident: Incident, found: Proposed | None, status: Status) -> list[Block]:
    """No button that would only be refused: what the status and the guard leave."""
    value = f"{incident.id}:{found.plan_hash if found else ''}:{found.nonce if found else ''}"
    row: list[Block] = []
    if found and appliable(found, status):
        row.append(blocks.button("apply", "Apply", value, style="primary", confirm=_sure(found)))
    if status in _OPEN:
        row.append(blocks.button("dismiss", "Dismiss", value))
        row.append(blocks.button("snooze", "Snooze 24 h", value))
    if found:
        row.append(blocks.button("report", "Full report", value))
    if status in _UNDOABLE and _can_undo(incident):
        sure = blocks.confirm("Undo this change?", "What was added is taken away again.", "Undo", style="danger")
        row.append(blocks.button("undo", "Undo", value, style="danger", confirm=sure))
    return row


def appliable(found: Proposed, status: Status) -> bool:
    """The guard would let an approver do it, and every byte of it is shown."""
    return status is Status.PROPOSED and not found.refusals.get("person", ("unproven",)) and shown_whole(found)


_OPEN = frozenset({Status.OPEN, Status.PROPOSED, Status.ADVISED, Status.STALE})
_UNDOABLE = frozenset({Status.APPLIED, Status.NOT_YET, Status.VERIFIED, Status.FAILED})


def _can_undo(incident: Incident) -> bool:
    undone = incident.last(Undone)
    return incident.last(Prepared) is not None and (undone is None or undone.refused is not None)


def _sure(found: Proposed) -> Block:
    """What else hangs on the role comes before the rest: the dialog holds 300 characters."""
    fixes = found.diagnosis.fixes
    what = "; ".join(f"{kind(fix).replace('_', ' ')} on {target(fix)}" for fix in fixes)
    what = f"For {len(found.also) + 1} refused calls: {what}" if found.also else what
    extra = gains(found.proof) if found.proof else ""
    also = line(beside.briefly(fixes, found.role), 120)
    said = (line(what, 120 if also else 200), also, line(extra, 50 if also else 80))
    return blocks.confirm("Apply this change?", ". ".join(words for words in said if words), "Apply")
