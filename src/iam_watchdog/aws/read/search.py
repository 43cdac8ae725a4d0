"""An OpenSearch domain: its access policy and its key."""

from __future__ import annotations

from functools import partial

from iam_watchdog.aws.read import kms
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn
from iam_watchdog.aws.read.piece import Piece, Read, policy_on
from iam_watchdog.model import Layer, Target

ACTIONS = ("es:DescribeDomain",)
GONE = ("ResourceNotFoundException",)


def owner(arn: Arn) -> str:
    """An index's ARN goes on behind its domain's."""
    return arn.sibling(f"domain/{arn.name.split('/')[0]}")


def reads(arn: Arn, account: Account) -> tuple[Read, ...]:
    """One call."""
    domain = owner(arn)
    return (Read(f"domain policy of {domain}", (Layer.RESOURCE,), partial(_domain, domain, arn, account)),)


def _domain(domain: str, arn: Arn, account: Account) -> Piece:
    name = domain.rsplit("/", 1)[-1]
    found = account.read(arn, "opensearch", "describe_domain", absent=GONE, DomainName=name).get("DomainStatus")
    if not found:
        return Piece(targets=(Target(domain, arn.account, traits={"exists": "false"}),))
    key = kms.key_arn((found.get("EncryptionAtRestOptions") or {}).get("KmsKeyId"), arn)
    piece = kms.encrypted(Target(domain, arn.account, key), account)
    policies = policy_on(domain, "domain policy", found.get("AccessPolicies"))
    return Piece(targets=piece.targets, policies=policies, then=piece.then)
