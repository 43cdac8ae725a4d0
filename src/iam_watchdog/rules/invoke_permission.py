"""A trigger that may not start the function: its resource policy does not admit EventBridge, S3, SNS, API Gateway …"""

from __future__ import annotations

from iam_watchdog.model import AddInvokePermission, Advice, Denial, Diagnosis, Evidence, Fix, Kind, Layer
from iam_watchdog.remedy.arns import is_arn, part
from iam_watchdog.rules.case import Case, open_case
from iam_watchdog.rules.case.finding import diagnosis
from iam_watchdog.rules.case.request import source_account_of
from iam_watchdog.rules.case.words import nearest

NAME = "invoke_permission"
SERVICE = ".amazonaws.com"


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when the function's resource policy lacks the Allow for a service."""
    if denial.kind is not Kind.INVOKE_PERMISSION:
        return None
    case = open_case(denial, evidence)
    if Layer.INVOKE not in case.missing and not case.undecidable:
        return None
    source = denial.source_arn or "a source that is not named"
    who = denial.principal or "a service that is not named"
    because = (
        f"{who} ({source}) may not start function {denial.function}: its resource policy has no statement "
        f"that lets it call lambda:InvokeFunction{nearest(case, Layer.INVOKE)}"
    )
    notes = (f"This lets {source} start {denial.function}: make sure who made that trigger",)
    return diagnosis(case, NAME, Layer.INVOKE, because, _fix(case), notes=notes)


def _fix(case: Case) -> tuple[Fix, ...]:
    denial, source = case.denial, case.denial.source_arn
    function = ":".join(case.request.resource.split(":")[:7])
    principal = denial.principal or ""
    if why := _unfit(case):
        return (Advice(Layer.INVOKE, function, why),)
    if not principal.endswith(SERVICE) or not source or not _named_exactly(source):
        text = "Find out which rule, bucket or topic is meant and let exactly that one start the function."
        return (Advice(Layer.INVOKE, function, text),)
    qualifier = None if denial.qualifier in ("", "$LATEST") else denial.qualifier
    return (AddInvokePermission(function, qualifier, principal, source, source_account_of(denial)),)


def _unfit(case: Case) -> str:
    """A trigger that is not there, or not set to start this function, is given nothing."""
    source = case.denial.source_arn
    if case.evidence.facts.get("source_exists") == "false":
        return f"{source} does not exist: remove what still points to it, or make it first."
    if case.evidence.facts.get("source_targets_function") == "false":
        return f"{source} is not set to start this function: find out who expects that it does."
    return ""


def _named_exactly(source: str) -> bool:
    """Wildcards only where API Gateway names stage, method and path, below a literal API."""
    if not is_arn(source):
        return False
    fixed = source.partition("/")[0] if part(source, 2) == "execute-api" else source
    return not set("*?") & set(fixed) and "${" not in source
