"""Is the denial really this function's: who was refused, who may use the role, who wrote the line."""

from __future__ import annotations

import json
from typing import Any

from iam_watchdog.model import Denial, Evidence, Kind, Layer, Role, Witness
from iam_watchdog.remedy.arns import account_of, role_name, session_name

LAMBDA = "lambda.amazonaws.com"
SERVICE_KINDS = frozenset({Kind.INVOKE_PERMISSION, Kind.LAMBDA_ASSUME_ROLE})
"""Here a service is refused, not the role: nothing binds but who says so."""


def bound(denial: Denial, evidence: Evidence) -> bool:
    """True if nobody but this function can have been refused; a log line binds only with its own group (DESIGN 5)."""
    function, role = evidence.function, evidence.role
    if function is None or role is None:
        return False
    witness = believed(denial, evidence)
    if denial.kind in SERVICE_KINDS:
        return witness is not Witness.LOG
    if not trusts_only_lambda(evidence):
        return False
    if denial.principal is None:
        return witness is not Witness.LOG
    if witness is Witness.LOG and not _own_group(denial, evidence):
        return False
    return is_session_of(denial.principal, role) and session_is(denial.principal, function.name)


def believed(denial: Denial, evidence: Evidence) -> Witness:
    """Who says so, after the reader asked AWS: a CloudTrail event or authorization id counts once AWS confirmed it."""
    confirmed = evidence.facts.get("witness_confirmed")
    return Witness(confirmed) if confirmed in (Witness.CLOUDTRAIL, Witness.AUTHORIZATION) else denial.witness


def is_session_of(principal: str, role: Role) -> bool:
    """True for a session of this very role in its own account (a session ARN holds no path)."""
    same = role_name(principal) == role.name and account_of(principal) == account_of(role.arn)
    return same and bool(session_name(principal) or principal == role.arn)


def session_is(principal: str, function: str) -> bool:
    """Lambda names the session after the function; for its own calls it may use a name that starts with awslambda_."""
    session = session_name(principal)
    return session in ("", function) or session.startswith("awslambda_")


def trusts_only_lambda(evidence: Evidence) -> bool:
    """True if every Allow of the role's trust policy names Lambda and nobody else."""
    role = evidence.role
    trusts = [p for p in evidence.of(Layer.TRUST) if role and p.on in ("", role.arn)]
    allowed = [s for p in trusts for s in statements(p.text) if s.get("Effect") == "Allow"]
    return bool(allowed) and all(s.get("Principal") in ({"Service": LAMBDA}, {"Service": [LAMBDA]}) for s in allowed)


def statements(text: str) -> list[dict[str, Any]]:
    """A document's statements, none if it is no policy."""
    try:
        document = json.loads(text)
    except ValueError:
        return []
    found = document.get("Statement", []) if isinstance(document, dict) else []
    return [s for s in (found if isinstance(found, list) else [found]) if isinstance(s, dict)]


def _own_group(denial: Denial, evidence: Evidence) -> bool:
    """The line came through the group that the function is configured to write to; the reader says so if it can."""
    if known := evidence.facts.get("log_group_matches"):
        return known == "true"
    function = evidence.function
    group = function.log_group or f"/aws/lambda/{function.name}" if function else ""
    return not denial.origin or denial.origin.split(" ", 1)[0] == group
