"""What stood there before a change, from the earlier events of the same history: never more than AWS's own record says.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html: parameters
over 100 kB are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from iam_watchdog.aws.history import Event
from iam_watchdog.aws.written import DOCUMENTS, LONGEST, NOTHING, of_resource, parsed, where
from iam_watchdog.model import OWN
from iam_watchdog.records import canonical

CLOUDFORMATION = "cloudformation.amazonaws.com"
type Found = Mapping[str, Any] | None


def before(event: Event, older: Sequence[Event]) -> str:
    """JSON text of what the event took away; "" if that is unknown or nobody's to put back.

    What our own hands took back stays away, and so does what bears our name, whoever took it, and what another
    service than CloudFormation removed: that may be a guardrail at work (Config, Systems Manager).
    """
    reader = _READERS.get(event.name)
    if reader is None or event.own or event.service not in ("", CLOUDFORMATION):
        return ""
    try:
        found = reader(event, older)
        text = canonical({**found, **({"via": event.service} if event.service else {})}) if found else ""
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
        return ""
    return text if len(text) <= LONGEST else ""


def _detached(event: Event, older: Sequence[Event]) -> Found:
    arn = event.text("policyArn")
    last = next((e for e in older if e.name in _ATTACHING and e.like(event, "policyArn", "roleName")), None)
    return None if not arn or (last and last.own) else {"policy_arn": arn}


def _inline(event: Event, older: Sequence[Event]) -> Found:
    name = event.text("policyName")
    same = (e for e in older if e.name in _PUTTING and e.like(event, "policyName", "roleName"))
    made = (e for e in older if e.name == "CreateRole" and e.like(event, "roleName"))
    last = next(same, None) or next(made, None)
    if not name or name.startswith(OWN) or last is None or last.own:
        return None
    there = parsed(last.params["policyDocument"]) if last.name == "PutRolePolicy" else NOTHING
    return {"policy": name, "document": there, "put": where(last)}


def _trust(event: Event, older: Sequence[Event]) -> Found:
    named = {"UpdateAssumeRolePolicy": "policyDocument", "CreateRole": "assumeRolePolicyDocument"}
    last = next((e for e in older if e.name in named and e.like(event, "roleName")), None)
    return {"trust": True, "document": parsed(last.params[named[last.name]]), "put": where(last)} if last else None


def _version(event: Event, older: Sequence[Event]) -> Found:
    """The version that was the default until then; before the second version it can only have been the first."""
    arn, now = event.text("policyArn"), default(event)
    defaults = (default(e) for e in older if e.like(event, "policyArn") and e.name in VERSIONS)
    first = "v1" if now == "v2" and event.name == "CreatePolicyVersion" else ""
    last = next((version for version in defaults if version), first)
    return {"policy_arn": arn, "version": last} if arn and now and last and last != now else None


def default(event: Event) -> str:
    """Which version the event made the default, if it did."""
    if event.name == "SetDefaultPolicyVersion":
        return event.text("versionId")
    chosen = str(event.params.get("setAsDefault", "")).lower() == "true"
    return str((event.answer.get("policyVersion") or {}).get("versionId", "")) if chosen else ""


def _permission(event: Event, older: Sequence[Event]) -> Found:
    sid = event.text("statementId")
    named = (e for e in older if e.name in ("AddPermission", "RemovePermission") and e.like(event, "statementId"))
    last = next((e for e in named if _qualifier(e) == _qualifier(event)), None)
    lambdas = event.source in ("", "lambda.amazonaws.com")
    if not sid or not lambdas or sid.startswith(OWN) or last is None or last.own or last.name != "AddPermission":
        return None
    given = {k: v for k, v in last.params.items() if k not in _NAMES and v not in (None, "")}
    if not all(isinstance(value, str | bool) for value in given.values()):
        return None  # Whatever that says, the permission was narrower by it.
    plain = {name: str(value) for name, value in given.items()}
    return {"permission": {**plain, "statementId": sid, "qualifier": _qualifier(last)}}


def _qualifier(event: Event) -> str:
    """Given by itself, or behind the function's name or ARN."""
    name = event.text("functionName").rpartition("function:")[2]
    return event.text("qualifier") or name.partition(":")[2]


def _grant(event: Event, older: Sequence[Event]) -> Found:
    grant = event.text("grantId")
    made = next((e for e in older if e.name == "CreateGrant" and grant and e.answer.get("grantId") == grant), None)
    return {"grant": dict(made.params)} if made else None


_NAMES = ("functionName", "statementId", "revisionId")
_ATTACHING = ("AttachRolePolicy", "DetachRolePolicy")
_PUTTING = ("PutRolePolicy", "DeleteRolePolicy")
VERSIONS = ("CreatePolicyVersion", "SetDefaultPolicyVersion")
_READERS: Mapping[str, Callable[[Event, Sequence[Event]], Found]] = {
    "DetachRolePolicy": _detached,
    **dict.fromkeys(("DeleteRolePolicy", "PutRolePolicy"), _inline),
    **dict.fromkeys(VERSIONS, _version),
    "UpdateAssumeRolePolicy": _trust,
    "RemovePermission": _permission,
    **dict.fromkeys(("RevokeGrant", "RetireGrant"), _grant),
    **dict.fromkeys((name for name in DOCUMENTS if not name.startswith("Create")), of_resource),
}
