"""A result that is lost: the role may not write to the function's dead-letter queue or destination."""

from __future__ import annotations

from iam_watchdog.model import Denial, Diagnosis, Evidence, Function, Layer
from iam_watchdog.remedy.arns import covers, part
from iam_watchdog.rules.case import Case, open_case
from iam_watchdog.rules.case.finding import diagnosis, needed
from iam_watchdog.rules.case.words import nearest, role

NAME = "destination"
DELIVERY = {
    # https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "lambda": "lambda:InvokeFunction",
    "events": "events:PutEvents",
    "s3": "s3:PutObject",
}


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when delivering to a configured target is refused."""
    function = evidence.function
    if function is None or denial.action not in DELIVERY.values():
        return None
    case = open_case(denial, evidence)
    what = _configured(function, denial.action, case.request.resource)
    if not what or Layer.IDENTITY not in case.missing:
        return None
    case = _as_written(case, function)
    because = (
        f"Function {function.name} loses {what}: its role {role(case)} may not call {denial.action} on "
        f"{case.request.resource}{nearest(case)}"
    )
    return diagnosis(case, NAME, Layer.IDENTITY, because, needed(case))


def _configured(function: Function, action: str, resource: str) -> str:
    targets = [("its dead letters", function.dead_letter)] if function.dead_letter else []
    targets += [(f"its {condition} records", arn) for condition, arn in function.destinations]
    matching = (what for what, arn in targets if arn and covers(arn, resource) and DELIVERY.get(part(arn, 2)) == action)
    return next(matching, "")


def _as_written(case: Case, function: Function) -> Case:
    """Lambda writes records to a bucket below a prefix of its own, whatever object the sweep asked for."""
    bucket = case.request.resource.partition("/")[0]
    if case.request.action != "s3:PutObject":
        return case
    return case.about(case.asking("s3:PutObject", f"{bucket}/aws/lambda/async/{function.name}/record"))
