"""A KMS key: its policy, its grants, whose it is and whether it can be used."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn, parse
from iam_watchdog.aws.read.piece import Piece, Read, policy_on
from iam_watchdog.model import Layer, Target
from iam_watchdog.records import canonical

ACTIONS = ("kms:DescribeKey", "kms:GetKeyPolicy", "kms:ListGrants")
RESOURCE = (Layer.RESOURCE,)
GONE = ("NotFoundException",)
MOST_GRANTS = 200


def key_arn(named: str | None, beside: Arn) -> str | None:
    """The ARN of a key that its user names by ARN, id or alias; None for none and for AWS's own default keys."""
    if not named or named.startswith("alias/aws/") or ":alias/aws/" in named:
        return None
    if parse(named):
        return named
    region = beside.region
    rest = named if named.startswith("alias/") else f"key/{named}"
    return f"arn:{beside.partition}:kms:{region}:{beside.account}:{rest}"


def reads(arn: Arn, account: Account) -> tuple[Read, ...]:
    """Description, policy and grants; for an alias the key that it stands for is found first."""
    if arn.kind == "alias":
        return (Read(f"key behind {arn.text}", RESOURCE, partial(_behind, arn, account)),)
    return (
        Read(f"key {arn.text}", RESOURCE, partial(_described, arn, account), decides=False),
        Read(f"key policy of {arn.text}", RESOURCE, partial(_policy, arn, account)),
        Read(f"grants of {arn.text}", RESOURCE, partial(_grants, arn, account), decides=False),
    )


def encrypted(target: Target, account: Account) -> Piece:
    """A target with the reads of the key that encrypts it."""
    key = parse(target.key)
    return Piece(targets=(target,), then=reads(key, account) if key else ())


def _behind(alias: Arn, account: Account) -> Piece:
    found = account.read(alias, "kms", "describe_key", absent=GONE, KeyId=alias.text).get("KeyMetadata")
    if not found:
        return Piece(targets=(Target(alias.text, alias.account, traits={"exists": "false"}),))
    key = parse(found["Arn"]) or alias
    described = _key(found, {"alias": alias.name})
    return Piece(targets=(described,), then=reads(key, account)[1:])


def _described(arn: Arn, account: Account) -> Piece:
    found = account.read(arn, "kms", "describe_key", absent=GONE, KeyId=arn.text).get("KeyMetadata")
    gone = Target(arn.text, arn.account, traits={"exists": "false"})
    return Piece(targets=(_key(found, {}) if found else gone,))


def _key(found: Mapping[str, Any], more: Mapping[str, str]) -> Target:
    traits = {"manager": found.get("KeyManager", "CUSTOMER"), "state": found.get("KeyState", "Enabled"), **more}
    return Target(found["Arn"], found.get("AWSAccountId") or found["Arn"].split(":")[4], traits=traits)


def _policy(arn: Arn, account: Account) -> Piece:
    found = account.read(arn, "kms", "get_key_policy", absent=GONE, KeyId=arn.text, PolicyName="default")
    return Piece(
        targets=(Target(arn.text, arn.account),), policies=policy_on(arn.text, "key policy", found.get("Policy"))
    )


def _grants(arn: Arn, account: Account) -> Piece:
    found, more = account.pages(arn, "kms", "list_grants", "Grants", limit=MOST_GRANTS, absent=GONE, KeyId=arn.text)
    traits = {"grants": canonical([_grant(each) for each in found])}
    if more:
        traits["grants_truncated"] = "true"
    return Piece(targets=(Target(arn.text, arn.account, traits=traits),))


def _grant(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "grantee": found.get("GranteePrincipal", ""),
        "operations": found.get("Operations", []),
        "constraints": found.get("Constraints") or {},
        "name": found.get("Name", ""),
    }
