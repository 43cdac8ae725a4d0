"""A bucket: whose it is, its policy, Block Public Access, default encryption and object ownership."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from iam_watchdog.aws.faults import NotRead
from iam_watchdog.aws.read import kms, point
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn
from iam_watchdog.aws.read.piece import Piece, Read, policy_on
from iam_watchdog.model import Layer, Policy, Target, Unread

ACTIONS = (
    "s3:GetBucketPolicy",
    "s3:GetBucketLocation",
    "s3:GetEncryptionConfiguration",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPublicAccessBlock",
)
RESOURCE = (Layer.RESOURCE,)
EVERYBODY = re.compile(r'"(Principal|AWS)"\s*:\s*\[?\s*"\*"')
NO_BUCKET = ("NoSuchBucket", "404", "NotFound")


def owner(arn: Arn) -> str:
    """The ARN of the bucket that an object is in, or of the access point that it is called through."""
    if arn.account:
        return point.owner(arn)
    return f"arn:{arn.partition}:s3:::{arn.rest.split('/', 1)[0]}"


def reads(arn: Arn, account: Account) -> tuple[Read, ...]:
    """All about one bucket; every call names the owner that it expects, so that a stranger's bucket is not asked."""
    if arn.account:
        return point.reads(arn, account, of_bucket)
    bucket = owner(arn)
    if bucket.endswith(point.ALIAS):
        return point.by_alias(bucket.split(":", 5)[-1], account, of_bucket)
    return of_bucket(bucket, account)


def of_bucket(bucket: str, account: Account, called: str = "") -> tuple[Read, ...]:
    """`called`: the access point before it, whose calls are in doubt where the bucket's policy cannot be read."""
    what = f"bucket policy of {bucket}{f' behind {called}' if called else ''}"
    encrypted = partial(_encryption, bucket, account, called or bucket)
    return (
        Read(what, RESOURCE, partial(_policy, bucket, account, what)),
        Read(f"default encryption of {bucket}", RESOURCE, encrypted, decides=False),
    )


def _ask(bucket: str, account: Account, operation: str, owner: str = "", **more: Any) -> dict[str, Any]:
    name = bucket.split(":", 5)[-1]
    return account.clients.read("s3", operation, Bucket=name, ExpectedBucketOwner=owner or account.id, **more)


def _policy(bucket: str, account: Account, what: str) -> Piece:
    try:
        found = _ask(bucket, account, "get_bucket_policy", absent=("NoSuchBucketPolicy",))
    except NotRead as no:
        return _without_policy(bucket, account, what, no)
    target = Target(bucket, account.id, traits={"owner": "own"})
    policies = policy_on(bucket, "bucket policy", found.get("Policy"))
    return Piece(targets=(target,), policies=policies, then=tuple(_besides(bucket, policies, account)))


def _besides(bucket: str, policies: tuple[Policy, ...], account: Account) -> Iterator[Read]:
    """Only with a bucket policy others may own objects here, and only one for everybody can be blocked.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    if policies:
        yield Read(f"object ownership of {bucket}", RESOURCE, partial(_ownership, bucket, account), decides=False)
    if any(EVERYBODY.search(policy.text) for policy in policies):
        yield Read(f"public access block of {bucket}", RESOURCE, partial(_block, bucket, account), decides=False)


def _without_policy(bucket: str, account: Account, what: str, no: NotRead) -> Piece:
    """A refusal has two meanings, a stranger's bucket or a permission that we lack: asking for its owner tells."""
    if no.code in NO_BUCKET:
        return Piece(targets=(Target(bucket, traits={"exists": "false"}),))
    unread = Unread(Layer.RESOURCE, what, str(no))
    if no.transient:
        return Piece(targets=(Target(bucket),), unread=(unread,))
    owner = _owner(bucket, account)
    if owner is None:
        return Piece(targets=(Target(bucket, traits={"exists": "false"}),))
    kind = "own" if owner == account.id else "listed" if owner else "unknown"
    return Piece(targets=(Target(bucket, owner, traits={"owner": kind}),), unread=(unread,))


def _owner(bucket: str, account: Account) -> str | None:
    """The account among those that may be asked which owns the bucket, "" for a stranger's, None for no bucket.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
    """
    for owner in (account.id, *account.settings.listed_accounts):
        try:
            _ask(bucket, account, "get_bucket_location", owner)
        except NotRead as no:
            if no.code in NO_BUCKET:
                return None
            continue
        return owner
    return ""


def _block(bucket: str, account: Account) -> Piece:
    absent = ("NoSuchPublicAccessBlockConfiguration",)
    found = _ask(bucket, account, "get_public_access_block", absent=absent).get("PublicAccessBlockConfiguration") or {}
    return _traits(bucket, public_access_block=",".join(sorted(name for name, on in found.items() if on)))


def _encryption(bucket: str, account: Account, called: str) -> Piece:
    """The default only: an object may have been written under another key."""
    found = _detail(bucket, account, "get_bucket_encryption", "ServerSideEncryptionConfigurationNotFoundError")
    rules = (found.get("ServerSideEncryptionConfiguration") or {}).get("Rules") or [{}]
    default = rules[0].get("ApplyServerSideEncryptionByDefault") or {}
    how = default.get("SSEAlgorithm", "none")
    named = default.get("KMSMasterKeyID")
    region = account.settings.region
    beside = Arn(bucket, account.settings.partition, "s3", region, account.id, "")
    key = kms.key_arn(named, beside) if how.startswith("aws:kms") else None
    if how.startswith("aws:kms") and key is None:
        how = "aws-managed key"
    return kms.encrypted(Target(called, key=key, traits={"encryption": how}), account)


def _ownership(bucket: str, account: Account) -> Piece:
    found = _detail(bucket, account, "get_bucket_ownership_controls", "OwnershipControlsNotFoundError")
    rules = (found.get("OwnershipControls") or {}).get("Rules") or [{}]
    return _traits(bucket, ownership=rules[0].get("ObjectOwnership", "ObjectWriter"))


def _detail(bucket: str, account: Account, operation: str, none: str) -> Mapping[str, Any]:
    return _ask(bucket, account, operation, absent=(none, *NO_BUCKET))


def _traits(bucket: str, **traits: str) -> Piece:
    return Piece(targets=(Target(bucket, traits=traits),))
