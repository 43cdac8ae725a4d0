"""An S3 access point: its own policy, and the bucket behind it, which has a say in every call that comes through.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from iam_watchdog.aws.faults import NotRead
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn, parse
from iam_watchdog.aws.read.piece import Piece, Read, policy_on
from iam_watchdog.model import Layer, Target, Unread

ACTIONS = ("s3:GetAccessPoint", "s3:GetAccessPointPolicy", "s3:ListAccessPoints")
RESOURCE = (Layer.RESOURCE,)
NO_POINT = ("NoSuchAccessPoint", "NoSuchAccessPointPolicy")
ALIAS = "-s3alias"
"""How a name ends that stands for an access point where a bucket's is asked for.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html
"""
MOST_POINTS = 1000
NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,48}[a-z0-9]", re.ASCII)
"""It stands in the path of a call, and whoever writes a log line chooses it."""

type Bucket = Callable[[str, Account, str], tuple[Read, ...]]
"""The reads of a bucket, given the access point before it."""


def owner(arn: Arn) -> str:
    """The access point that an object is called through."""
    return arn.sibling(f"accesspoint/{arn.name.split('/')[0]}") if arn.kind == "accesspoint" else arn.text


def reads(arn: Arn, account: Account, bucket: Bucket) -> tuple[Read, ...]:
    """Policy and bucket; jobs and lenses have no policy, and grants have one that is not read."""
    point = parse(owner(arn)) or arn
    if arn.kind == "access-grants" or (arn.kind == "accesspoint" and not arn.region):
        what = "multi-Region access points" if arn.kind == "accesspoint" else "access grants"
        return (Read(f"policy of {point.text}", RESOURCE, partial(_unheard, what), decides=False),)
    if arn.kind != "accesspoint" or not NAME.fullmatch(point.name):
        return ()
    return (
        Read(f"access point policy of {point.text}", RESOURCE, partial(_policy, point, account)),
        Read(f"bucket behind {point.text}", RESOURCE, partial(_described, point, account, bucket)),
    )


def by_alias(name: str, account: Account, bucket: Bucket) -> tuple[Read, ...]:
    """One listing: an alias tells neither account nor access point, so only this account's are looked through."""
    place = f"arn:{account.settings.partition}:s3:::{name}"
    return (Read(f"access point behind {place}", RESOURCE, partial(_behind, name, place, account, bucket)),)


def _unheard(what: str) -> Piece:
    raise NotRead(f"there is no reader for the policies of {what}")


def _policy(point: Arn, account: Account) -> Piece:
    params = {"AccountId": point.account, "Name": point.name}
    found = account.read(point, "s3control", "get_access_point_policy", absent=NO_POINT, **params)
    policies = policy_on(point.text, "access point policy", found.get("Policy"))
    return Piece(targets=(Target(point.text, point.account),), policies=policies)


def _described(point: Arn, account: Account, bucket: Bucket) -> Piece:
    params = {"AccountId": point.account, "Name": point.name}
    found = account.read(point, "s3control", "get_access_point", absent=NO_POINT, **params)
    if not found:
        return Piece(targets=(Target(point.text, point.account, traits={"exists": "false"}),))
    return _through(point, found, account, bucket)


def _behind(name: str, place: str, account: Account, bucket: Bucket) -> Piece:
    listed, _ = account.clients.pages(
        "s3control", "list_access_points", "AccessPointList", limit=MOST_POINTS, AccountId=account.id
    )
    found = next((each for each in listed if each.get("Alias") == name), None)
    point = parse(found.get("AccessPointArn")) if found else None
    if found is None or point is None:
        raise NotRead(f"no access point of account {account.id} in {account.clients.region} has this alias")
    own = Read(f"access point policy of {point.text}", RESOURCE, partial(_policy, point, account))
    piece = _through(point, found, account, bucket, alias=name)
    return Piece(targets=piece.targets, unread=piece.unread, then=(own, *piece.then))


def _through(point: Arn, found: Mapping[str, Any], account: Account, bucket: Bucket, **more: str) -> Piece:
    """Across accounts the bucket's owner has to let the access point decide, which only that owner can see."""
    behind = f"arn:{point.partition}:s3:::{found['Bucket']}"
    traits = {"bucket": behind, "origin": found.get("NetworkOrigin", "Internet"), **more}
    target = Target(point.text, point.account, traits=traits)
    whose = found.get("BucketAccountId") or point.account
    if whose != point.account:
        why = f"bucket {behind} is of account {whose}: its policy has to let {point.account}'s access points decide"
        return Piece(targets=(target,), unread=(Unread(Layer.RESOURCE, f"delegation to {point.text}", why),))
    return Piece(targets=(target,), then=bucket(behind, account, point.text))
