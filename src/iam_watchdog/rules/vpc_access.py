"""The function has no network interface: its role may not make one while VpcConfig is set."""

from __future__ import annotations

from iam_watchdog.model import AttachManagedPolicy, Denial, Diagnosis, Evidence, Kind, Layer
from iam_watchdog.remedy import managed
from iam_watchdog.rules.case import open_case
from iam_watchdog.rules.case.finding import diagnosis
from iam_watchdog.rules.case.words import nearest

NAME = "vpc_access"


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when Lambda may not manage network interfaces for a function in a VPC, by the role's policies alone."""
    function, role = evidence.function, evidence.role
    if function is None or role is None or not (function.in_vpc or denial.kind is Kind.LAMBDA_VPC_ENI):
        return None
    if denial.action not in managed.NETWORK:
        return None
    case = open_case(denial, evidence)
    if set(case.missing) != {Layer.IDENTITY}:
        return None
    because = (
        f"Function {function.name} is in a VPC, but no identity-based policy of its role {role.name} allows "
        f"{denial.action}, so Lambda cannot give it a network interface{nearest(case)}"
    )
    fix = AttachManagedPolicy(role.arn, managed.arn_of(managed.VPC_ACCESS, role.arn))
    return diagnosis(case, NAME, Layer.IDENTITY, because, (fix,), notes=(_deny(function.arn),))


def _deny(function: str) -> str:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-best-practice."""
    actions = ", ".join(managed.NETWORK)
    return (
        f"Recommended beside it: a Deny of {actions} on the role with ArnEquals lambda:SourceFunctionArn = {function}, "
        "so that only Lambda itself uses them, not the function's code"
    )
