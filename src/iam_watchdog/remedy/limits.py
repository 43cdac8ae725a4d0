"""What AWS would refuse to store, refused beforehand with the reason.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from iam_watchdog.model import (
    AddInvokePermission,
    AddRoleStatements,
    Advice,
    Allow,
    AttachManagedPolicy,
    Evidence,
    Fix,
    Layer,
    Policy,
)
from iam_watchdog.remedy.arns import part
from iam_watchdog.remedy.document import policy_document
from iam_watchdog.remedy.proving import permission

INLINE_SUM = 10_240
"""Characters of all inline policies of a role together, white space not counted."""
MANAGED_PER_ROLE = 10
FUNCTION_POLICY = 20_480
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
DOCUMENTS: Mapping[Layer, tuple[int, bool]] = {
    Layer.BOUNDARY: (6_144, True),
    Layer.VPCE: (20_480, False),
    Layer.INVOKE: (FUNCTION_POLICY, False),
}
"""Layer → characters that its document may have, and True where white space is not counted."""
RESOURCE_POLICIES: Mapping[str, int] = {
    "dynamodb": 20_480,  # amazondynamodb/latest/developerguide/rbac-considerations.html
    "events": 10_240,  # eventbridge/latest/userguide/eb-quota.html
    "kms": 32_768,  # kms/latest/developerguide/resource-limits.html
    "s3": 20_480,  # AmazonS3/latest/userguide/bucket-policies.html
    "sns": 30_720,  # sns/latest/dg/sns-access-policy-language-api-permissions-reference.html
    "secretsmanager": 20_480,  # secretsmanager/latest/userguide/reference_limits.html
    "sqs": 8_192,  # AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html
}
"""Service → bytes that a resource's own policy may have; each page below https://docs.aws.amazon.com/."""
NO_CHARSET = "the name of the action or resource holds characters that an IAM policy cannot"
_CHARSET = re.compile(r"[\t\n\r\x20-\xff]*")


def too_much(fixes: Sequence[Fix], evidence: Evidence) -> tuple[str, ...]:
    """Why AWS would refuse these changes, one sentence each."""
    checks = (_inline, _managed, _edited, _permission)
    return tuple(why for fix in fixes for check in checks if (why := check(fix, evidence)))


def _inline(fix: Fix, evidence: Evidence) -> str:
    if not isinstance(fix, AddRoleStatements):
        return ""
    text = json.dumps(policy_document(fix.statements), separators=(",", ":"), ensure_ascii=False)
    if not _CHARSET.fullmatch(text):
        return NO_CHARSET
    there = sum(_size(p.text) for p in evidence.of(Layer.IDENTITY) if p.name.startswith("inline/"))
    total = there + _size(text)
    if total <= INLINE_SUM:
        return ""
    return f"the role's inline policies would have {total:,} characters together, AWS allows {INLINE_SUM:,}"


def _managed(fix: Fix, evidence: Evidence) -> str:
    attached = evidence.role.attached if evidence.role else ()
    full = isinstance(fix, AttachManagedPolicy) and len(attached) >= MANAGED_PER_ROLE
    return f"the role already has {len(attached)} managed policies, AWS allows {MANAGED_PER_ROLE}" if full else ""


def _edited(fix: Fix, evidence: Evidence) -> str:
    """What an owner would add to a document that stands there already."""
    if not isinstance(fix, Advice) or not fix.statements:
        return ""
    added = _compact(fix.statements)
    if fix.layer is Layer.BOUNDARY and not _CHARSET.fullmatch(added):
        return NO_CHARSET
    there = next((p for p in evidence.of(fix.layer) if fix.target in (p.name, p.on)), None)
    limit, bare = _limit(fix)
    return _over(f"the policy of {fix.target}", there, added, limit, bare=bare) if there and limit else ""


def _limit(fix: Advice) -> tuple[int, bool]:
    """What a document may have, and whether white space is left out of the count; 0 if nobody knows."""
    if fix.layer in DOCUMENTS:
        return DOCUMENTS[fix.layer]
    return (RESOURCE_POLICIES.get(part(fix.target, 2), 0) if fix.layer is Layer.RESOURCE else 0), False


def _permission(fix: Fix, evidence: Evidence) -> str:
    if not isinstance(fix, AddInvokePermission):
        return ""
    allow = permission(fix)
    there = next((p for p in evidence.of(Layer.INVOKE) if p.on == allow.resources[0]), None)
    return _over(f"the policy of {there.on}", there, _compact([allow]), FUNCTION_POLICY, bare=False) if there else ""


def _over(what: str, there: Policy, added: str, limit: int, *, bare: bool) -> str:
    count = _size if bare else _bytes
    total = count(there.text) + len(added.encode())
    if total <= limit:
        return ""
    return f"{what} would have {total:,} characters, AWS allows {limit:,}: join or split its statements first"


def _compact(statements: Sequence[Allow]) -> str:
    """As it would stand in a list of others."""
    rows = policy_document(statements)["Statement"]
    return ",".join(json.dumps(row, separators=(",", ":"), ensure_ascii=False) for row in rows) + ","


def _bytes(text: str) -> int:
    return len(text.encode())


def _size(text: str) -> int:
    return len(re.sub(r"\s", "", text))
