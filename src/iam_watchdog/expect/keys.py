"""What a call asks for besides, where its target is encrypted: its service uses the customer key for the role."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iam_watchdog.expect.shapes import Need, owner
from iam_watchdog.model import Kind, Words
from iam_watchdog.remedy.companions import IMPLIED, via

ASKED: Mapping[str, Words] = {**IMPLIED, "s3:PutObject": ("kms:GenerateDataKey",)}
"""What is certain: a record is put in one part, and only uploads of several parts are decrypted as well.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
"""


def encrypted(wanted: tuple[Need, ...], keys: Mapping[str, str]) -> Iterator[Need]:
    """The calls of KMS behind the function's own; `keys`: target → the customer key that encrypts it, by ARN.

    What is refused is told as the call that makes its service ask, whose proposal holds all that lacks on the key.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    """
    for need in wanted:
        key = keys.get(need.resource, "") if need.kind is Kind.IAM_DENIAL and not need.trigger else ""
        for action in ASKED.get(need.action, ()) if key else ():
            context = {
                "aws:ViaAWSService": ("true",),
                "kms:CallerAccount": (owner(need.principal),),
                "kms:ViaService": (via(need.resource, key),),
            }
            what = f"{need.what}: {action} on {key} is refused"
            group = need.group or f"{need.action} {need.resource}"
            yield Need(what, Kind.IAM_DENIAL, need.principal, action, key, context, group=group, behind=need)
