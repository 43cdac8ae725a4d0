"""What AWS itself said about this one call: its authorization details, or the EC2 message that it decoded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from iam_watchdog.model import Denial, Evidence, Words
from iam_watchdog.remedy import likely

GUESSED = "configuration: "
"""How the source of a guess begins in `Denial.recovered`."""
RECORDED = "CloudTrail event "
"""How it begins where AWS's own record is of the very request."""
LIKELY = "likely, "
"""And where it is of a refusal that fits: CloudTrail may tell of another one later, or never."""


def completed(denial: Denial, evidence: Evidence) -> Denial:
    """The denial with the action and resource that AWS's own answer names, where the text did not."""
    told = _decoded(evidence)
    action = denial.action or str(told.get("action") or "")
    resource = denial.resource or (str(told["resource"]) if told.get("resource") else None)
    if (action, resource) != _named(denial):
        return replace(denial, action=action, resource=resource)
    return _recovered(denial, evidence)


def _recovered(denial: Denial, evidence: Evidence) -> Denial:
    """With the resource that CloudTrail's record names, else with the likely one; `recovered` says from where."""
    if evidence.function is None or not likely.bare(denial):
        return denial
    arn, where = evidence.facts.get("called", ""), f"{RECORDED}{evidence.facts.get('called_event')}"
    if "called_request" not in evidence.facts:
        where = f"{LIKELY}{where}"
    if not arn and denial.resource is None:
        arn, what = likely.only(evidence.function, denial.action)
        where = f"{GUESSED}{what}"
    return replace(denial, resource=arn, recovered={**denial.recovered, "resource": where}) if arn else denial


def _named(denial: Denial) -> tuple[str, str | None]:
    return denial.action, denial.resource


def context_of(denial: Denial, evidence: Evidence) -> Mapping[str, Words]:
    """Condition keys and their values as AWS evaluated them."""
    return dict(_context(denial, evidence))


def _context(denial: Denial, evidence: Evidence) -> Iterator[tuple[str, Words]]:
    for evaluation in _load(evidence, "authorization").get("evaluations") or ():
        if str(evaluation.get("action", "")).lower() == denial.action.lower():
            for key, value in (evaluation.get("context") or {}).items():
                yield str(key), _words(value)
    for item in (_decoded(evidence).get("conditions") or {}).get("items") or ():
        values = (item.get("values") or {}).get("items") or ()
        yield str(item.get("key", "")), tuple(str(value.get("value", "")) for value in values)


def _words(value: object) -> Words:
    return tuple(str(v) for v in value) if isinstance(value, list) else (str(value),)


def _decoded(evidence: Evidence) -> Mapping[str, Any]:
    return _load(evidence, "decoded")


def _load(evidence: Evidence, fact: str) -> Mapping[str, Any]:
    text = evidence.facts.get(fact)
    found: Any = json.loads(text) if text else {}
    return found if isinstance(found, dict) else {}
