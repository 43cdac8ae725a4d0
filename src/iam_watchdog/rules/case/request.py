"""The request behind a denial: who, what, on which resource, with the context keys that AWS always sends."""

from __future__ import annotations

from iam_watchdog.model import Denial, Evidence, Kind, Request, Target, Witness, Words
from iam_watchdog.remedy import managed
from iam_watchdog.remedy.arns import account_of, covers, is_arn, part, unmasked
from iam_watchdog.remedy.callers import EDGE, names_source, sends_account
from iam_watchdog.remedy.narrow import unnamed
from iam_watchdog.rules.case import told_by_aws
from iam_watchdog.rules.case.binding import LAMBDA, is_session_of
from iam_watchdog.rules.case.context import context_of


def request_of(denial: Denial, evidence: Evidence) -> Request:
    """What `policy.decide` is asked about this denial; keys that nobody told are unknown, not absent."""
    if denial.kind is Kind.LAMBDA_ASSUME_ROLE:
        role = evidence.role.arn if evidence.role else evidence.function.role if evidence.function else ""
        role = role or denial.resource or ""
        who = EDGE if denial.principal == EDGE else LAMBDA
        return Request(who, "sts:AssumeRole", role, account_of(role) or denial.account, denial.context, closed=False)
    if denial.kind is Kind.INVOKE_PERMISSION:
        return _invocation(denial, evidence)
    denial = told_by_aws.completed(denial, evidence)
    resource = resource_of(denial, evidence)
    principal = principal_of(denial, evidence)
    account = owner_of(resource, denial, evidence)
    return Request(
        principal, denial.action, resource, account, context_of(denial, evidence, resource, account), closed=False
    )


def _invocation(denial: Denial, evidence: Evidence) -> Request:
    arn = denial.resource or (evidence.function.arn if evidence.function else "")
    context: dict[str, Words] = {}
    if denial.source_arn and names_source(denial.principal):
        context["aws:SourceArn"] = (denial.source_arn,)
    if account := source_account_of(denial):
        context["aws:SourceAccount"] = (account,)
    context |= denial.context  # The sweep knows which of an API's methods is meant, and which keys are never sent.
    action = denial.action or "lambda:InvokeFunction"
    return Request(denial.principal or "", action, arn, account_of(arn) or denial.account, context, closed=False)


def source_account_of(denial: Denial) -> str | None:
    """The account to tie an invoke permission to, where the service sends it; EventBridge does not, and would fail.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html
    """
    if not sends_account(denial.principal, denial.source_arn):
        return None
    return denial.source_account or account_of(denial.source_arn or "") or denial.account


def principal_of(denial: Denial, evidence: Evidence) -> str:
    """The session of the execution role that the function runs under, whoever the text names, but for a service."""
    role, function = evidence.role, evidence.function
    if role is None or _is_service(denial):
        return denial.principal or ""
    if denial.principal and is_session_of(denial.principal, role) and denial.principal != role.arn:
        return denial.principal
    session = function.name if function else denial.function or "session"
    return f"arn:{part(role.arn, 1)}:sts::{account_of(role.arn)}:assumed-role/{role.name}/{session}"


def _is_service(denial: Denial) -> bool:
    """The sweep names the service that asks (Lambda for an image); what a log names may be anybody's word."""
    return denial.witness is Witness.CONFIG and (denial.principal or "").endswith(".amazonaws.com")


def resource_of(denial: Denial, evidence: Evidence) -> str:
    """The resource as AWS evaluates it: a secret that was called by name has six more characters."""
    if interface := _interface(denial):
        return interface
    target = evidence.target
    if denial.action.startswith("kms:") and not is_arn(denial.resource):
        keys = [t.key or t.arn for t in evidence.targets if t.key or part(t.arn, 2) == "kms"]
        return keys[0] if keys else denial.resource or "*"
    if target and (not denial.resource or not is_arn(denial.resource)) and denial.resource != "*":
        return target.arn
    named = (t.arn for t in evidence.targets if denial.resource and _named_secret(t, denial.resource))
    return next(named, _by_alias(denial, evidence) or unmasked(denial.resource or "*", denial.account))


def _by_alias(denial: Denial, evidence: Evidence) -> str:
    """What is called by an access point's alias is evaluated under the access point's ARN, as far as that is known."""
    bucket, slash, key = (denial.resource or "").partition("/")
    alias = part(bucket, 5)
    point = next((t.arn for t in evidence.targets if "bucket" in t.traits and t.traits.get("alias") == alias), "")
    return f"{point}/object/{key}" if point and slash else point


def _interface(denial: Denial) -> str:
    """What Lambda itself asks EC2 for: an interface that does not exist yet, so its name is a wildcard."""
    whose = denial.action in managed.NETWORK and unnamed(denial.action, denial.resource or "*")
    partition = part(denial.principal or "", 1) or "aws"
    return f"arn:{partition}:ec2:{denial.region}:{denial.account}:network-interface/*" if whose else ""


def _named_secret(target: Target, resource: str) -> bool:
    known = part(resource, 2) == "secretsmanager" and target.arn.startswith(f"{resource}-")
    return known and len(target.arn) == len(resource) + 7


def owner_of(resource: str, denial: Denial, evidence: Evidence) -> str:
    """The account that owns the resource: named in the ARN, told by the reader, else the function's own."""
    target = next((t for t in evidence.targets if covers(t.arn, resource)), None)
    if target and target.traits.get("owner") == "unknown":
        return ""  # A stranger's bucket: whether it is the same account decides, so nobody may assume it.
    return account_of(resource) or (target.account if target else "") or denial.account
