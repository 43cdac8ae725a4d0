"""A CloudFront distribution: which versions of functions it runs at its edge."""

from __future__ import annotations

from collections.abc import Iterable

from iam_watchdog.aws.read import starting
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn

ACTIONS = ("cloudfront:GetDistributionConfig",)
GONE = ("NoSuchDistribution",)


def named(arn: Arn, account: Account) -> Iterable[str] | None:
    """None if there is no such distribution."""
    found = account.read(arn, "cloudfront", "get_distribution_config", absent=GONE, Id=arn.name)
    return starting.by_distribution(found["DistributionConfig"]) if found else None
