"""A poller without permission: the function is never invoked, its queue or stream only grows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from iam_watchdog.model import (
    AddRoleStatements,
    Answer,
    AttachManagedPolicy,
    Denial,
    Diagnosis,
    Evidence,
    Fix,
    Kind,
    Layer,
)
from iam_watchdog.remedy import managed, pollers
from iam_watchdog.remedy.arns import part
from iam_watchdog.rules.case import Case, open_case
from iam_watchdog.rules.case.finding import diagnosis, needed
from iam_watchdog.rules.case.together import together, whole
from iam_watchdog.rules.case.words import nearest, role

NAME = "event_source_mapping"
MANAGED = {"sqs": managed.SQS, "kinesis": managed.KINESIS, "dynamodb": managed.DYNAMODB, "kafka": managed.MSK}


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when a call that the poller of one of the function's mappings makes is refused."""
    function = evidence.function
    if function is None or denial.kind is not Kind.IAM_DENIAL or denial.action not in pollers.ACTIONS:
        return None
    case = open_case(denial, evidence)
    found = pollers.mapping(function, denial.action, case.request.resource)
    if found is None or Layer.IDENTITY not in case.missing:
        return None
    source, resource = found[0] or "its self-managed cluster", case.request.resource
    there = " there" if resource == found[0] else "" if resource.endswith("*") else f" on {resource}"
    because = (
        f"Function {denial.function} is not fed from {source}: its role {role(case)} may not call "
        f"{denial.action}{there}, and Lambda polls with that role{nearest(case)}"
    )
    fixes = needed(case, *together(case))
    told = diagnosis(case, NAME, Layer.IDENTITY, because, fixes, tuple(_denied(case)))
    return replace(told, instead=_managed(fixes, part(found[0], 2), evidence))


def _denied(case: Case) -> Iterator[str]:
    """What no Allow mends."""
    for other in whole(case):
        if other.verdict.answer is Answer.EXPLICIT:
            yield f"The poller also calls {other.request.action}, which a Deny forbids: no Allow helps there"


def _managed(fixes: tuple[Fix, ...], service: str, evidence: Evidence) -> tuple[Fix, ...]:
    """AWS's own policy for that source is an alternative only where nothing else lacks."""
    covered = all(isinstance(fix, AddRoleStatements) and _in_managed(fix, service) for fix in fixes)
    if evidence.role is None or not covered or service not in MANAGED:
        return ()
    return (AttachManagedPolicy(evidence.role.arn, managed.arn_of(MANAGED[service], evidence.role.arn)),)


def _in_managed(fix: AddRoleStatements, service: str) -> bool:
    """No managed policy reads a secret, or signs in to a cluster."""
    asked = {action for allow in fix.statements for action in allow.actions}
    return pollers.SECRET not in asked and not any(action.startswith(pollers.BY_ROLE) for action in asked)
