"""A second opinion on what is about to be shown: IAM Access Analyzer reads each document once.

Free, needs no analyzer: https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ValidatePolicy.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from iam_watchdog.aws.read.account import Account
from iam_watchdog.model import Advice, Evidence, Fix, Layer, Unread
from iam_watchdog.ports import CannotRead
from iam_watchdog.records import canonical
from iam_watchdog.remedy.document import document

ACTIONS = ("access-analyzer:ValidatePolicy",)
TOLD = ("ERROR", "SECURITY_WARNING")
"""Kinds of findings that matter here; warnings and suggestions are about style."""
CHECK = "IAM Access Analyzer's check of the proposed policy"
KINDS: dict[Layer, dict[str, str]] = {
    Layer.IDENTITY: {"policyType": "IDENTITY_POLICY"},
    Layer.BOUNDARY: {"policyType": "IDENTITY_POLICY"},
    Layer.RESOURCE: {"policyType": "RESOURCE_POLICY"},
    Layer.TRUST: {
        "policyType": "RESOURCE_POLICY",
        "validatePolicyResourceType": "AWS::IAM::AssumeRolePolicyDocument",
    },
}
"""What a document of a layer is to Access Analyzer; it does not know the other layers' documents."""


def added(fixes: Sequence[Fix], evidence: Evidence, account: Account) -> Evidence:
    """The same evidence with what it says of these documents; where it cannot be asked, why. Never raises."""
    facts: dict[str, str] = {}
    gaps: list[Unread] = []
    for fix in fixes:
        try:
            for kind, said in _findings(fix, account):
                facts[kind] = f"{facts[kind]}; {said}" if kind in facts else said
        except CannotRead as no:
            gaps.append(Unread(_layer(fix), CHECK, str(no), decides=False))
        except (LookupError, TypeError) as strange:
            why = f"answered in an unknown form: {type(strange).__name__}"
            gaps.append(Unread(_layer(fix), CHECK, why, decides=False))
    return replace(evidence, facts={**evidence.facts, **facts}, unread=(*evidence.unread, *dict.fromkeys(gaps)))


def _findings(fix: Fix, account: Account) -> Iterator[tuple[str, str]]:
    """(fact's name, what is said) of each finding that matters."""
    added, kind = document(fix), KINDS.get(_layer(fix))
    if added is None or kind is None:
        return
    params: dict[str, Any] = {"policyDocument": canonical(added), **kind}
    for finding in account.clients.read("accessanalyzer", "validate_policy", **params)["findings"]:
        if finding["findingType"] in TOLD:
            yield f"validation_{finding['findingType'].lower()}", str(finding["findingDetails"])


def _layer(fix: Fix) -> Layer:
    return fix.layer if isinstance(fix, Advice) else Layer.IDENTITY
