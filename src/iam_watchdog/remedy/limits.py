"""What AWS would refuse to store, refused beforehand with the reason.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from iam_watchdog.model import AddRoleStatements, AttachManagedPolicy, Evidence, Fix, Layer
from iam_watchdog.remedy.document import policy_document

INLINE_SUM = 10_240
"""Characters of all inline policies of a role together, white space not counted."""
MANAGED_PER_ROLE = 10
_CHARSET = re.compile(r"[\t\n\r\x20-\xff]*")


def too_much(fixes: Sequence[Fix], evidence: Evidence) -> tuple[str, ...]:
    """Why AWS would refuse these changes, one sentence each."""
    return tuple(why for fix in fixes for why in (_inline(fix, evidence), _managed(fix, evidence)) if why)


def _inline(fix: Fix, evidence: Evidence) -> str:
    if not isinstance(fix, AddRoleStatements):
        return ""
    text = json.dumps(policy_document(fix.statements), separators=(",", ":"), ensure_ascii=False)
    if not _CHARSET.fullmatch(text):
        return "the name of the action or resource holds characters that an IAM policy cannot"
    there = sum(_size(p.text) for p in evidence.of(Layer.IDENTITY) if p.name.startswith("inline/"))
    total = there + _size(text)
    if total <= INLINE_SUM:
        return ""
    return f"the role's inline policies would have {total:,} characters together, AWS allows {INLINE_SUM:,}"


def _managed(fix: Fix, evidence: Evidence) -> str:
    attached = evidence.role.attached if evidence.role else ()
    full = isinstance(fix, AttachManagedPolicy) and len(attached) >= MANAGED_PER_ROLE
    return f"the role already has {len(attached)} managed policies, AWS allows {MANAGED_PER_ROLE}" if full else ""


def _size(text: str) -> int:
    return len(re.sub(r"\s", "", text))
