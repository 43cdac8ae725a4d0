"""An ECR repository: its policy and its key."""

from __future__ import annotations

from functools import partial

from iam_watchdog.aws.read import kms
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn
from iam_watchdog.aws.read.piece import Piece, Read, policy_on
from iam_watchdog.model import Layer, Target

ACTIONS = ("ecr:GetRepositoryPolicy", "ecr:DescribeRepositories")
GONE = ("RepositoryNotFoundException",)
RESOURCE = (Layer.RESOURCE,)


def reads(arn: Arn, account: Account) -> tuple[Read, ...]:
    """Description and policy."""
    return (
        Read(f"repository {arn.text}", RESOURCE, partial(_described, arn, account), decides=False),
        Read(f"repository policy of {arn.text}", RESOURCE, partial(_policy, arn, account)),
    )


def _described(arn: Arn, account: Account) -> Piece:
    named = {"registryId": arn.account, "repositoryNames": [arn.name]}
    found = account.read(arn, "ecr", "describe_repositories", absent=GONE, **named).get("repositories")
    if not found:
        return Piece(targets=(Target(arn.text, arn.account, traits={"exists": "false"}),))
    key = (found[0].get("encryptionConfiguration") or {}).get("kmsKey")
    return kms.encrypted(Target(arn.text, arn.account, kms.key_arn(key, arn)), account)


def _policy(arn: Arn, account: Account) -> Piece:
    absent = (*GONE, "RepositoryPolicyNotFoundException")
    named = {"registryId": arn.account, "repositoryName": arn.name}
    found = account.read(arn, "ecr", "get_repository_policy", absent=absent, **named)
    return Piece(policies=policy_on(arn.text, "repository policy", found.get("policyText")))
