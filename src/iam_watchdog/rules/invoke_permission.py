"""A trigger that may not start the function: its resource policy does not admit EventBridge, S3, SNS, API Gateway …"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from iam_watchdog.model import AddInvokePermission, Advice, Allow, Denial, Diagnosis, Evidence, Fix, Kind, Layer
from iam_watchdog.remedy.arns import is_arn, part, role_name
from iam_watchdog.remedy.callers import names_source, not_set
from iam_watchdog.remedy.narrow import allow_for
from iam_watchdog.rules.case import Case, open_case
from iam_watchdog.rules.case.finding import diagnosis, reported
from iam_watchdog.rules.case.request import source_account_of
from iam_watchdog.rules.case.words import nearest

NAME = "invoke_permission"
SERVICE = ".amazonaws.com"
ANYBODY = "*"
WITHOUT_AUTHORIZATION = ("StringEquals", "lambda:FunctionUrlAuthType", ("NONE",))
BY_URL = ("Bool", "lambda:InvokedViaFunctionUrl", ("true",))


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when the function's resource policy lacks the Allow for a service, or a calling role lacks its own."""
    if denial.by_trigger:
        return _under_a_role(open_case(denial, evidence))
    if denial.kind is not Kind.INVOKE_PERMISSION:
        return None
    case = open_case(denial, evidence)
    if Layer.INVOKE not in case.missing and not case.undecidable:
        return None
    if denial.principal == ANYBODY:
        return _public_url(case)
    source = denial.source_arn or "a source that is not named"
    who = denial.principal or "a service that is not named"
    because = (
        f"{who} ({source}) may not start function {denial.function}: its resource policy has no statement "
        f"that lets it call lambda:InvokeFunction{nearest(case, Layer.INVOKE)}"
    )
    notes = (f"This lets {source} start {denial.function}: {_made(evidence)}",)
    return diagnosis(case, NAME, Layer.INVOKE, because, _fix(case), notes=notes)


def _made(evidence: Evidence) -> str:
    """Who made the trigger, if the history tells."""
    facts = evidence.facts
    if not facts.get("source_made_by"):
        return "make sure who made that trigger"
    at = datetime.fromisoformat(facts["source_made_at"])
    return f"{facts['source_made_by']} set that trigger at {at:%Y-%m-%d %H:%M} UTC ({facts['source_made_event']})"


def _under_a_role(case: Case) -> Diagnosis | None:
    """Scheduler and Step Functions call under a role of their own: that role is the one to mend, by its owner."""
    denial, name = case.denial, role_name(case.denial.principal or "")
    beginning = f"{denial.source_arn} does not start function {denial.function}: it calls as role {name}"
    if case.evidence.facts.get("role_exists") == "false":
        text = f"Create role {name} again, or give {denial.source_arn} another one."
        gone = diagnosis(case, NAME, Layer.IDENTITY, f"{beginning}, which does not exist any more")
        return reported(replace(gone, fixes=(Advice(Layer.IDENTITY, denial.principal or "", text),)))
    allow, own = allow_for(case.request), case.evidence.role
    if Layer.IDENTITY not in case.missing or allow is None or own is None:
        return None
    because = f"{beginning}, and no policy of that role allows {case.request.action} on {case.request.resource}"
    text = f"The owner of role {name}, under which {denial.source_arn} calls, adds this statement to it."
    why = _unfit(case)
    fix = Advice(Layer.IDENTITY, own.arn, why) if why else Advice(Layer.IDENTITY, own.arn, text, (allow,))
    return diagnosis(case, NAME, Layer.IDENTITY, because + nearest(case), (fix,))


def _public_url(case: Case) -> Diagnosis:
    """https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html."""
    denial, action, arn = case.denial, case.request.action, case.request.resource
    because = (
        f"Every call of the function URL of {denial.function} is refused: the URL asks for no authorization, but the "
        f"function's resource policy has no statement that lets everybody call {action}"
    )
    condition = BY_URL if action == "lambda:InvokeFunction" else WITHOUT_AUTHORIZATION
    allow = Allow((action,), (arn,), (condition,), (("AWS", ANYBODY),))
    text = f"If {arn} is meant to be called by anybody, its owner adds this statement; else give the URL AWS_IAM."
    return diagnosis(case, NAME, Layer.INVOKE, because, (Advice(Layer.INVOKE, arn, text, (allow,)),))


def _fix(case: Case) -> tuple[Fix, ...]:
    denial, source = case.denial, case.denial.source_arn
    function = ":".join(case.request.resource.split(":")[:7])
    principal = denial.principal or ""
    if why := _unfit(case):
        return (Advice(Layer.INVOKE, function, why),)
    if not names_source(principal):
        return (_for_the_account(case, principal),)
    if not principal.endswith(SERVICE) or not source or not _named_exactly(source):
        text = "Find out which rule, bucket or topic is meant and let exactly that one start the function."
        return (Advice(Layer.INVOKE, function, text),)
    qualifier = None if denial.qualifier in ("", "$LATEST") else denial.qualifier
    return (AddInvokePermission(function, qualifier, principal, source, source_account_of(denial)),)


def _for_the_account(case: Case, principal: str) -> Advice:
    """Wider than the one source, so it is for a person: whatever of that service in the account names the function."""
    conditions = (("StringEquals", "aws:SourceAccount", (source_account_of(case.denial) or case.denial.account,)),)
    allow = Allow((case.request.action,), (case.request.resource,), conditions, (("Service", principal),))
    text = f"AWS ties {principal} to an account, not to one source: the function's owner adds this permission to it."
    return Advice(Layer.INVOKE, case.request.resource, text, (allow,))


def _unfit(case: Case) -> str:
    """A trigger that is not there, or not set to start this function, is given nothing."""
    source = case.denial.source_arn
    if case.evidence.facts.get("source_exists") == "false":
        return f"{source} does not exist: remove what still points to it, or make it first."
    if case.evidence.facts.get("source_targets_function") == "false":
        return f"{source} {not_set(case.denial)}: find out who expects that it does."
    return ""


def _named_exactly(source: str) -> bool:
    """Wildcards only where API Gateway names stage, method and path, below a literal API, and behind a log group."""
    if not is_arn(source):
        return False
    fixed = source.partition("/")[0] if part(source, 2) == "execute-api" else source
    fixed = fixed.removesuffix(":*") if part(source, 2) == "logs" else fixed
    return not set("*?") & set(fixed) and "${" not in source
