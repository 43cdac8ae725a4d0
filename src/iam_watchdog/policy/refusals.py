"""What AWS itself decides, whatever the policies say."""

from __future__ import annotations

import re

from iam_watchdog.policy.call import Call

_MANAGED = re.compile(r"arn:[^:]*:iam::aws:policy/.*", re.DOTALL)
_RESERVED = re.compile(r"arn:[^:]*:iam::[^:]*:role/aws-reserved/.*", re.DOTALL)
_AWS_ALIAS = re.compile(r"arn:[^:]*:kms:[^:]*:[^:]*:alias/aws/.*", re.DOTALL)

_POLICY_CHANGES = frozenset(
    f"iam:{name}"
    for name in [
        "createpolicy",
        "createpolicyversion",
        "deletepolicy",
        "deletepolicyversion",
        "setdefaultpolicyversion",
        "tagpolicy",
        "untagpolicy",
    ]
)
_NAMES = """attachrolepolicy createrole createservicelinkedrole deleterole deleterolepermissionsboundary
deleterolepolicy deleteservicelinkedrole detachrolepolicy passrole putrolepermissionsboundary putrolepolicy tagrole
untagrole updateassumerolepolicy updaterole updateroledescription"""
_ROLE_CHANGES = frozenset(f"iam:{name}" for name in _NAMES.split())
_ALIAS_CHANGES = frozenset({"kms:createalias", "kms:deletealias", "kms:updatealias"})
_RULES = (
    (_POLICY_CHANGES, _MANAGED, "AWS-managed policies cannot be changed"),
    (_ROLE_CHANGES, _RESERVED, "roles under aws-reserved/ can be changed and passed by AWS only"),
    (_ALIAS_CHANGES, _AWS_ALIAS, "aliases under alias/aws/ belong to AWS"),
)


def refused(call: Call) -> str:
    """Why AWS refuses this call from everyone, or "".

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html
    https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html
    """
    if call.service not in ("iam", "kms"):
        return ""
    return next((why for actions, arn, why in _RULES if call.action in actions and arn.fullmatch(call.resource)), "")


def always_allowed(call: Call) -> bool:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html: no policy can deny it."""
    return call.action == "sts:getcalleridentity"
