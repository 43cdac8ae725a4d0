"""A role that cannot be assumed: by Lambda, so that the function does not start, or by the function's own code."""

from __future__ import annotations

from iam_watchdog.model import Advice, Allow, Answer, Denial, Diagnosis, Evidence, Fix, Kind, Layer
from iam_watchdog.remedy.callers import EDGE
from iam_watchdog.remedy.narrow import literal
from iam_watchdog.rules.case import Case, open_case
from iam_watchdog.rules.case.finding import diagnosis, needed
from iam_watchdog.rules.case.words import nearest, refused, role

NAME = "trust_policy"


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when the trust policy of the role to be assumed does not admit the caller."""
    case = open_case(denial, evidence)
    if denial.kind is Kind.LAMBDA_ASSUME_ROLE:
        return _not_started(case)
    if Layer.TRUST not in case.missing:
        return _in_doubt(case)
    because = f"{refused(case)}: the trust policy of that role does not admit role {role(case)}"
    return diagnosis(case, NAME, Layer.TRUST, because + nearest(case, Layer.TRUST), (*needed(case), *_own_side(case)))


def _in_doubt(case: Case) -> Diagnosis | None:
    """AWS never says why a role may not be assumed; a condition on what the call passes along is what is left."""
    if not case.doubtful(Layer.TRUST) or case.missing or not case.verdict.unknown:
        return None
    because = (
        f"{refused(case)}: the trust policy of that role admits role {role(case)} only under a condition that cannot "
        f"be checked: {case.verdict.unknown[0]}"
    )
    text = "Let the call meet the condition (an external id is passed with it), or let the owner of that role decide."
    return diagnosis(case, NAME, Layer.TRUST, because, (Advice(Layer.TRUST, case.request.resource, text),))


def _own_side(case: Case) -> tuple[Fix, ...]:
    """The caller's own Allow, which it needs whenever the trust policy names its account rather than its role."""
    own, asked = case.evidence.role, case.request
    if own is None or Layer.IDENTITY in case.missing or case.answer(Layer.IDENTITY) is Answer.ALLOWED:
        return ()
    if Layer.IDENTITY in case.unread:
        return ()
    text = f"Role {own.name} is allowed to assume it by none of its own policies: say it on both sides."
    return (Advice(Layer.IDENTITY, own.arn, text, (Allow((asked.action,), (literal(asked.resource),)),)),)


def _not_started(case: Case) -> Diagnosis | None:
    name, arn = case.denial.function, case.request.resource
    at_the_edge = case.request.principal == EDGE
    not_run = f"Function {name} does not " + (
        f"run at the edge for {case.denial.source_arn}" if at_the_edge else "start"
    )
    if case.evidence.facts.get("role_exists") == "false":
        because = f"{not_run}: its execution role {arn} does not exist any more"
        text = (
            f"Create the role {arn} again, or give the function another one; a new role of the same name has another "
            "id, so save the function's configuration once afterwards."
        )
        return diagnosis(case, NAME, Layer.TRUST, because, (Advice(Layer.TRUST, arn, text),))
    if Layer.TRUST not in case.missing:
        return None
    because = f"{not_run}: the trust policy of its role {arn} does not admit {case.request.principal}"
    return diagnosis(case, NAME, Layer.TRUST, because + nearest(case, Layer.TRUST), needed(case))
