"""The function has no network interface: its role may not make one while VpcConfig is set."""

from __future__ import annotations

from dataclasses import replace

from iam_watchdog.model import (
    Answer,
    AttachManagedPolicy,
    Denial,
    Deny,
    Diagnosis,
    Evidence,
    Function,
    Guardrail,
    Kind,
    Layer,
    Role,
)
from iam_watchdog.remedy import managed
from iam_watchdog.rules.case import Case, open_case
from iam_watchdog.rules.case.finding import diagnosis
from iam_watchdog.rules.case.words import nearest

NAME = "vpc_access"
FROM_CODE = (*managed.NETWORK, "ec2:DetachNetworkInterface")
TEXT = (
    "AWS recommends to deny these calls to the function's own code, as another inline policy; Lambda is not hindered."
)
NOTE = (
    "Recommended beside it: a Deny of the same ec2 calls for the function's own code (lambda:SourceFunctionArn is this "
    "function); Lambda itself calls without that key"
)


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
    found = diagnosis(case, NAME, Layer.IDENTITY, because, (fix,))
    return (
        found if _kept_from_code(case) else replace(found, notes=(NOTE, *found.notes), beside=(_deny(function, role),))
    )


def _kept_from_code(case: Case) -> bool:
    """Is the code denied it already? Lambda names the function with what the code calls, not with its own calls."""
    function = case.evidence.function
    context = {**case.request.context, "lambda:SourceFunctionArn": (function.arn,) if function else ()}
    return case.about(replace(case.request, context=context)).verdict.answer is Answer.EXPLICIT


def _deny(function: Function, role: Role) -> Guardrail:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-best-practice."""
    only = ("ArnEquals", "lambda:SourceFunctionArn", (function.arn,))
    return Guardrail(role.arn, TEXT, (Deny(FROM_CODE, ("*",), (only,), "NetworkInterfacesAreLambdasOwn"),))
