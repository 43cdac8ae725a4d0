"""What may be written: the kill switch, the allow-list against what was reviewed, the boundary of inline statements."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from iam_watchdog.guard.ceiling import keeps_out_never
from iam_watchdog.records import document_hash
from iam_watchdog.remedy.managed import PINNED
from iam_watchdog_cli.checks.desk import FAIL, OK, WARN, Check, Desk


def switch(desk: Desk) -> Iterator[Check]:
    """Anything but "true", and nothing, stops every change."""
    name, ssm = desk.outputs["KillSwitch"], desk.client("ssm")
    try:
        value = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        value = None
    if value == "true":
        yield Check("kill switch", OK, f"{name} is true: changes are possible where everything else allows them")
    else:
        remedy = f"aws ssm put-parameter --name {name} --value true --overwrite"
        yield Check("kill switch", WARN, f"{name} is {value!r}: every change is stopped", remedy)


def pins(desk: Desk) -> Iterator[Check]:
    """AWS changes its managed policies; a document that nobody reviewed is proposed, never attached."""
    pinned = dict(PINNED) | {arn: hash_ for arn, _, hash_ in (p.partition("=") for p in desk.words("AllowListedPins"))}
    iam = desk.client("iam")
    for arn in desk.words("AllowListedPolicies"):
        now = document_hash(json.dumps(_document(iam, arn)))
        reviewed = pinned.get(arn.replace(arn.split(":")[1], "aws", 1) if arn not in pinned else arn)
        if reviewed == now:
            yield Check("allow-list", OK, f"{arn} is what was reviewed")
        else:
            what = "has changed since it was reviewed" if reviewed else "has not been reviewed"
            remedy = f"read it, then deploy with AllowListedPins={arn}={now}"
            yield Check("allow-list", WARN, f"{arn} {what}: it is proposed, never attached unasked", remedy)


def _document(iam: Any, arn: str) -> Any:
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]


def boundary(desk: Desk) -> Iterator[Check]:
    """Statements may be applied only under a boundary that denies what must never be granted."""
    arn = desk.parameters.get("InlineBoundaryArn", "")
    if not arn:
        yield Check("boundary", OK, "no InlineBoundaryArn: statements stay advice")
        return
    iam = desk.client("iam")
    try:
        text = json.dumps(_document(iam, arn))
    except iam.exceptions.NoSuchEntityException:
        yield Check("boundary", FAIL, f"{arn} does not exist", "create it, or deploy without InlineBoundaryArn")
        return
    role = f"arn:{arn.split(':')[1]}:iam::{desk.account}:role/any"
    if keeps_out_never(text, role, desk.account):
        yield Check("boundary", OK, f"{arn} keeps out what must never be granted")
    else:
        says = f"{arn} does not keep out every action of the never list: statements stay advice"
        yield Check("boundary", WARN, says, "let it deny IAM, sts:AssumeRole, policies, grants and code (see README)")
