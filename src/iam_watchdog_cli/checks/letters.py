"""The stack itself, and what could not be worked on: dead letters, and events that failed for good."""

from __future__ import annotations

from collections.abc import Iterator

from iam_watchdog_cli.checks.desk import FAIL, OK, WARN, Check, Desk

GOOD = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")
FAILED = "aws/lambda/async/"


def stack(desk: Desk) -> Iterator[Check]:
    """A stack that rolled back may lack what it needs."""
    (found,) = desk.client("cloudformation").describe_stacks(StackName=desk.stack)["Stacks"]
    status = found["StackStatus"]
    mode = f"Mode={desk.parameters.get('Mode')}, WatchScope={desk.parameters.get('WatchScope')}"
    if status in GOOD:
        yield Check("stack", OK, f"{desk.stack} in {desk.account}, {desk.region}: {status}, {mode}")
    else:
        remedy = f"aws cloudformation describe-stack-events --stack-name {desk.stack}"
        yield Check("stack", FAIL, f"{desk.stack} is {status}", remedy)


def dead(desk: Desk) -> Iterator[Check]:
    """Nothing in a dead-letter store is lost, but somebody has to look."""
    resources = desk.client("cloudformation").describe_stack_resources(StackName=desk.stack)["StackResources"]
    queues = {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in resources}
    sqs, waiting = desk.client("sqs"), 0
    for logical, url in queues.items():
        if not logical.endswith("Dead"):
            continue
        wanted = {"QueueUrl": url, "AttributeNames": ["ApproximateNumberOfMessages"]}
        count = int(sqs.get_queue_attributes(**wanted)["Attributes"]["ApproximateNumberOfMessages"])
        waiting += count
        if count:
            remedy = f"look at them, mend the cause, then: aws sqs start-message-move-task ({logical})"
            yield Check("dead letters", WARN, f"{count} messages wait in {logical}", remedy)
    bucket = desk.outputs["Bucket"]
    failed = desk.client("s3").list_objects_v2(Bucket=bucket, Prefix=FAILED, MaxKeys=100).get("KeyCount", 0)
    if failed:
        remedy = f"aws s3 ls s3://{bucket}/{FAILED} --recursive; each holds the event that failed"
        yield Check("dead letters", WARN, f"{failed} or more events failed for good", remedy)
    if not waiting and not failed:
        yield Check("dead letters", OK, "none")
