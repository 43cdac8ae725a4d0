"""A poller without permission: the function is never invoked, its queue or stream only grows."""

from __future__ import annotations

from dataclasses import replace

from iam_watchdog.model import (
    AddRoleStatements,
    AttachManagedPolicy,
    Denial,
    Diagnosis,
    Evidence,
    Fix,
    Layer,
)
from iam_watchdog.remedy import managed
from iam_watchdog.rules.case import open_case
from iam_watchdog.rules.case.finding import diagnosis, needed
from iam_watchdog.rules.case.together import POLLER, source, together
from iam_watchdog.rules.case.words import nearest, role

NAME = "event_source_mapping"
MANAGED = {"sqs": managed.SQS, "kinesis": managed.KINESIS, "dynamodb": managed.DYNAMODB, "kafka": managed.MSK}


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when a poller's action on the source of one of the function's mappings is refused."""
    service = denial.action.partition(":")[0]
    if evidence.function is None or denial.action not in POLLER.get(service, ()):
        return None
    case = open_case(denial, evidence)
    polled = source(evidence.function, case.request.resource)
    if not polled or Layer.IDENTITY not in case.missing:
        return None
    because = (
        f"Function {denial.function} is not fed from {polled}: its role {role(case)} may not call "
        f"{denial.action} there, and Lambda polls with that role{nearest(case)}"
    )
    fixes = needed(case, *together(case))
    found = diagnosis(case, NAME, Layer.IDENTITY, because, fixes)
    return replace(found, instead=_managed(fixes, service, evidence))


def _managed(fixes: tuple[Fix, ...], service: str, evidence: Evidence) -> tuple[Fix, ...]:
    """AWS's own policy for that source is an alternative only where nothing else lacks."""
    if evidence.role is None or not all(isinstance(fix, AddRoleStatements) for fix in fixes):
        return ()
    return (AttachManagedPolicy(evidence.role.arn, managed.arn_of(MANAGED[service], evidence.role.arn)),)
