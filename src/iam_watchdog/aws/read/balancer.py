"""A target group of a load balancer or of VPC Lattice: the one function that is registered with it."""

from __future__ import annotations

from collections.abc import Iterable

from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn

ACTIONS = (
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
    "vpc-lattice:GetTargetGroup",
    "vpc-lattice:ListTargets",
)
GONE = ("TargetGroupNotFound", "TargetGroupNotFoundException", "ResourceNotFoundException")


def target_group(arn: Arn, account: Account) -> Iterable[str] | None:
    """None if it is not there; a target group that no load balancer uses calls nobody."""
    asked = {"TargetGroupArns": [arn.text]}
    found = account.read(arn, "elbv2", "describe_target_groups", absent=GONE, **asked).get("TargetGroups", ())
    if not found or not found[0].get("LoadBalancerArns"):
        return () if found else None
    health = account.read(arn, "elbv2", "describe_target_health", absent=GONE, TargetGroupArn=arn.text)
    return [row["Target"]["Id"] for row in health.get("TargetHealthDescriptions", ())]


def lattice(arn: Arn, account: Account) -> Iterable[str] | None:
    """None if it is not there; a target group that no service uses calls nobody."""
    group = {"targetGroupIdentifier": arn.name}
    found = account.read(arn, "vpc-lattice", "get_target_group", absent=GONE, **group)
    if not found or not found.get("serviceArns"):
        return () if found else None
    return [
        row["id"] for row in account.read(arn, "vpc-lattice", "list_targets", absent=GONE, **group).get("items", ())
    ]
