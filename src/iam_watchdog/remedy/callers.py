"""What services send with their call when they start a function: for whom they do it, and on behalf of what."""

from __future__ import annotations

from iam_watchdog.model import Denial
from iam_watchdog.remedy.arns import role_name

EDGE = "edgelambda.amazonaws.com"
"""Who assumes the role of a function that CloudFront runs at its edge, beside Lambda itself."""
SENDS_ACCOUNT = frozenset(
    {
        *("bedrock", "cognito-idp", "config", "connect", "iot", "lexv2"),
        *("logs", "s3", "secretsmanager", "ses"),
    }
)
"""Services that say for which account they start a function: https://docs.aws.amazon.com/lambda/latest/dg/ (each)."""
BY_ACCOUNT = frozenset({"config", "secretsmanager"})
"""Services whose pages let them in for one account, and say of no source that its ARN is sent.

https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules.html
https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-required-permissions.html
"""


def names_source(principal: str | None) -> bool:
    """True if a permission for this service principal can name the one source that is meant."""
    return (principal or "").partition(".")[0] not in BY_ACCOUNT


def sends_account(principal: str | None, source: str | None) -> bool:
    """True if a permission may ask for the account besides; of AWS IoT's authorizers no page says that it is sent."""
    return (principal or "").partition(".")[0] in SENDS_ACCOUNT and ":authorizer/" not in (source or "")


def not_set(denial: Denial) -> str:
    """What a trigger does not do (any more) for which this was refused."""
    under = f" as role {role_name(denial.principal or '')}" if denial.by_trigger else ""
    if denial.by_trigger and denial.action != "lambda:InvokeFunction":
        return f"does not read {denial.resource}{under}"
    return f"is not set to start {called(denial)}{under}"


def called(denial: Denial) -> str:
    """The function, with the version or alias that is meant: Lambda knows one by itself, and forgets it so."""
    return denial.function if denial.qualifier in ("", "$LATEST") else f"{denial.function}:{denial.qualifier}"
