"""The incident as JSON for machines: documented keys, always present, never longer than asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from iam_watchdog.happened import led_to, timeline
from iam_watchdog.model import (
    Denial,
    Incident,
    Proposed,
)
from iam_watchdog.ports import Settings
from iam_watchdog.records import canonical
from iam_watchdog.remedy.arns import part
from iam_watchdog.report.escape import cap
from iam_watchdog.report.fix_json import ALTERNATIVE, fix_json, guardrail_json, proof_json, unread_json
from iam_watchdog.report.words import first_line
from iam_watchdog.status import derive

VERSION = "1"


def report_key(incident: Incident) -> str:
    """Where the page of this incident's cycle is kept in the bucket."""
    return f"reports/{incident.id}/{incident.cycle}.html"


def notification(incident: Incident, settings: Settings, now: datetime, limit: int = 0) -> dict[str, Any]:
    """All there is to say; over `limit` bytes the longest parts go first, and `left_out` names them."""
    whole = {**_what(incident, settings, now), **_why(incident.last(Proposed))}
    whole["timeline"] = [{"at": at.isoformat(), "what": what} for at, what in timeline(incident)]
    return fitted(_capped(whole), limit) if limit else whole


def _what(incident: Incident, settings: Settings, now: datetime) -> dict[str, Any]:
    denial = incident.denial
    return {
        "version": VERSION,
        "incident": incident.id,
        "cycle": incident.cycle,
        "summary": first_line(incident, settings, now),
        "status": derive(incident, now).value,
        "account": denial.account,
        "region": denial.region,
        "function": denial.function,
        "qualifier": denial.qualifier,
        "action": denial.action,
        "resource": denial.resource,
        "also": [{"incident": i, "action": d.action, "resource": d.resource} for i, d in _also(incident)],
        "follows": denial.follows,
        "led_to": led_to(incident) or None,
        "witness": incident.witness.value,
        "occurrences": incident.occurrences,
        "first_seen": incident.first_seen.isoformat(),
        "last_seen": incident.last_seen.isoformat(),
        "report_key": report_key(incident),
    }


def _also(incident: Incident) -> tuple[tuple[str, Denial], ...]:
    """What else the same plan ends."""
    found = incident.last(Proposed)
    return tuple((one.incident, one.denial) for one in found.also) if found else ()


def _why(found: Proposed | None) -> dict[str, Any]:
    if found is None:
        nothing = ("role", "layer", "rule", "because", "confidence", "plan_hash", "proof")
        return {**dict.fromkeys(nothing), "fixes": [], "instead": [], "beside": [], "unread": [], "notes": []}
    diagnosis, region = found.diagnosis, part(found.function_arn, 3)
    return {
        "role": found.role.arn if found.role else None,
        "layer": diagnosis.layer.value if diagnosis.layer else None,
        "rule": diagnosis.rule,
        "because": diagnosis.because,
        "confidence": diagnosis.confidence.value,
        "plan_hash": found.plan_hash or None,
        "fixes": [fix_json(fix, found.refusals, region) for fix in diagnosis.fixes],
        "instead": [fix_json(fix, ALTERNATIVE, region) for fix in diagnosis.instead],
        "beside": [guardrail_json(one) for one in diagnosis.beside],
        "proof": proof_json(found.proof),
        "unread": unread_json(found.unread),
        "notes": list(diagnosis.notes),
    }


_FIRST_TO_GO = ("timeline", "beside", "instead", "notes", "unread", "also", "fixes")


def fitted(whole: dict[str, Any], limit: int) -> dict[str, Any]:
    """Leave out forms, then timeline, alternatives, notes, and at last the fixes, until it fits; say what was."""
    left: list[str] = []
    out = whole
    for name in ("formats", *_FIRST_TO_GO):
        if size(out) <= limit:
            break
        out = _without_forms(out) if name == "formats" else {**out, name: []}
        left.append(name)
        out = {**out, "left_out": list(left)}
    return out if size(out) <= limit else _cut(out)


def _capped(value: Any) -> Any:
    """A stranger's text may be a megabyte; no ARN, name or document of AWS has strings as long as this."""
    if isinstance(value, str):
        return cap(value, 8_000)
    if isinstance(value, dict):
        return {key: _capped(inner) for key, inner in value.items()}
    return [_capped(inner) for inner in value] if isinstance(value, list) else value


def _without_forms(whole: dict[str, Any]) -> dict[str, Any]:
    bare: dict[str, Any] = {"formats": {}, "short_sam": None}
    return {**whole, **{name: [{**fix, **bare} for fix in whole[name]] for name in ("fixes", "instead")}}


def _cut(whole: dict[str, Any]) -> dict[str, Any]:
    """A hostile text may be the long one: cap every string."""
    cut = {k: v[:500] + "…" if isinstance(v, str) and len(v) > 500 else v for k, v in whole.items()}
    return {**cut, "proof": None, "left_out": [*whole["left_out"], "proof", "the ends of long texts"]}


def size(value: object) -> int:
    """Bytes of the JSON text."""
    return len(canonical(value))
