"""S3 Block Public Access: a public bucket policy admits nobody from outside the bucket's own account.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from __future__ import annotations

from collections.abc import Sequence

from iam_watchdog.model import Policy
from iam_watchdog.policy.call import Call, Who
from iam_watchdog.policy.document import prepare
from iam_watchdog.policy.statement import Raw
from iam_watchdog.policy.weigh import RESOURCES

_POSITIVE = frozenset({"stringequals", "stringlike", "stringequalsignorecase", "arnequals", "arnlike", "ipaddress"})
_NARROW = frozenset(
    {"aws:sourceip", "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner", "aws:sourceaccount"}
    | {"aws:userid", "aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount", "aws:principalarn"}
    | {"s3:dataaccesspointaccount", "s3:dataaccesspointarn", "s3:x-amz-server-side-encryption-aws-kms-key-id"}
)
"""Keys that make a statement for everyone not public, if they are compared with fixed values."""


def blocked(call: Call, policies: Sequence[Policy]) -> bool:
    """Does RestrictPublicBuckets keep this caller out? Asked only where the setting is on."""
    outside = call.caller.account != call.account and call.caller.who is not Who.SERVICE
    return call.service == "s3" and outside and any(_public(p) for p in policies if p.layer in RESOURCES)


def _public(policy: Policy) -> bool:
    return any(_for_everyone(statement.raw) for statement in prepare(policy.text, policy.layer).statements)


def _for_everyone(raw: Raw) -> bool:
    everyone = raw.not_principal or ("AWS", "*") in (raw.principals or ())
    return bool(raw.allow) and everyone and not any(_fixed(*condition) for condition in raw.conditions)


def _fixed(operator: str, key: str, values: Sequence[str]) -> bool:
    """A positive comparison of a narrow key with values that hold no wildcard and no variable."""
    plain = all(not set("*?") & set(value) and "${" not in value and not value.endswith("/0") for value in values)
    return operator.lower() in _POSITIVE and key.lower() in _NARROW and plain and bool(values)
