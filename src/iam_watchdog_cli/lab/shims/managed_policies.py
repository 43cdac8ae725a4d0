"""Serves the AWS-managed policies around Lambda word for word, also those that the emulator does not seed.

https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
"""

from __future__ import annotations

import json
from importlib import resources


def install() -> None:
    """Put each document under its ARN, in its current version."""
    from ministack.services import iam

    known = json.loads(resources.files(__package__).joinpath("managed_policies.json").read_text())
    for name, policy in known.items():
        record = iam._make_aws_managed_record(name, json.dumps(policy["document"]))
        version = policy["version"]
        record["DefaultVersionId"] = version
        record["Versions"] = {version: record["Versions"]["v1"] | {"VersionId": version}}
        iam._aws_managed_policies[record["Arn"]] = record
