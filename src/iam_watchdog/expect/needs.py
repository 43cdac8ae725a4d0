"""What one function needs to be allowed, derived from its configuration alone."""

from __future__ import annotations

from collections.abc import Iterator

from iam_watchdog.expect.feeds import delivered, fed
from iam_watchdog.expect.shapes import Disk, Feed, Need, Trigger
from iam_watchdog.expect.starts import read_by, started_by
from iam_watchdog.model import Function, Kind

ENI_ACTIONS = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DeleteNetworkInterface",
)
"""https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html (the managed policy allows three more)."""
ENVIRONMENT_KEY_CODES = frozenset({"KMSKeyAccessDenied", "KMSKeyNotFound", "InvalidStateKMSKey", "DisabledKMSKey"})
UNUSABLE = frozenset({"Disabled", "PendingDeletion", "PendingImport", "Unavailable"})
"""States of a key in which nothing can be decrypted: https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html"""
NETWORK_CODES = frozenset({"InsufficientRolePermissions"})
IMAGE_CODES = frozenset({"ImageAccessDenied"})


def needs(  # noqa: PLR0913 - one function out of all that is configured for it
    function: Function,
    triggers: tuple[Trigger, ...] = (),
    *,
    feeds: tuple[Feed, ...] = (),
    disks: tuple[Disk, ...] = (),
    key_state: str = "",
    log_group_exists: bool = True,
) -> tuple[Need, ...]:
    """Everything that must be allowed for this function to start, log, reach its network, be fed and deliver."""
    session = _session(function)
    return (
        start(function),
        *_logs(function, session, log_group_exists),
        *_network(function, session),
        *_environment(function, session, key_state),
        *_image(function),
        *_tracing(function, session),
        *_disks(disks, session),
        *fed(function.arn, session, feeds),
        *delivered(function, session),
        *(started_by(function, trigger) for trigger in triggers),
        *(need for trigger in triggers for need in read_by(function, trigger)),
    )


def _parts(arn: str) -> tuple[str, str, str]:
    _, partition, _, region, account, *_ = arn.split(":", 5)
    return partition, region, account


def _session(function: Function) -> str:
    partition, _, account = _parts(function.arn)
    return f"arn:{partition}:sts::{account}:assumed-role/{function.role.rsplit('/', 1)[-1]}/{function.name}"


def start(function: Function) -> Need:
    """Lambda assumes the role; trust policies may ask for whom."""
    context = {"aws:SourceAccount": (_parts(function.arn)[2],), "aws:SourceArn": (function.arn,)}
    return Need("start", Kind.LAMBDA_ASSUME_ROLE, "lambda.amazonaws.com", "sts:AssumeRole", function.role, context)


def _logs(function: Function, session: str, exists: bool) -> Iterator[Need]:
    """The stream first: whoever may not make it is told by that, whether or not the group could be looked for."""
    partition, region, account = _parts(function.arn)
    group = f"arn:{partition}:logs:{region}:{account}:log-group:{function.log_group or f'/aws/lambda/{function.name}'}"
    actions = ("logs:CreateLogStream", "logs:PutLogEvents")
    for action in actions if exists else (*actions, "logs:CreateLogGroup"):
        resource = f"{group}:*" if action == "logs:CreateLogGroup" else f"{group}:log-stream:any"
        yield Need("write its own log", Kind.IAM_DENIAL, session, action, resource, group="logs", sends_function=True)


def _network(function: Function, session: str) -> Iterator[Need]:
    """Describing takes no resource; the others are asked for an interface that does not exist yet."""
    if not function.in_vpc:
        return
    partition, region, account = _parts(function.arn)
    reported = _reported(function, NETWORK_CODES)
    for action in ENI_ACTIONS:
        describes = action == "ec2:DescribeNetworkInterfaces"
        resource = "*" if describes else f"arn:{partition}:ec2:{region}:{account}:network-interface/*"
        what = "have a network interface"
        yield Need(what, Kind.LAMBDA_VPC_ENI, session, action, resource, reported=reported, group="network")


def _environment(function: Function, session: str, key_state: str) -> Iterator[Need]:
    """Lambda decrypts through a grant that no policy shows, so only its own state code and the key's are believed.

    `Environment.Error` is not: it may concern our own right to decrypt.
    """
    reported = _reported(function, ENVIRONMENT_KEY_CODES)
    if not reported and key_state in UNUSABLE:
        reported = f"its key is in state {key_state}"
    if function.key and reported:
        what = "decrypt its environment"
        yield Need(what, Kind.LAMBDA_ENV_KMS, session, "kms:Decrypt", function.key, reported=reported)


def _image(function: Function) -> Iterator[Need]:
    """Which image is shown only together with its code, which no reader may fetch: AWS's own code is all there is."""
    if reported := _reported(function, IMAGE_CODES):
        what = "pull its image"
        yield Need(what, Kind.IAM_DENIAL, "lambda.amazonaws.com", "ecr:BatchGetImage", "", reported=reported)


def _reported(function: Function, codes: frozenset[str]) -> str:
    for code in (function.state_reason_code, function.last_update_reason_code):
        if code in codes:
            return f"{code}: {function.state_reason or 'no further reason'}"
    return ""


def _tracing(function: Function, session: str) -> Iterator[Need]:
    if function.tracing:
        for action in ("xray:PutTraceSegments", "xray:PutTelemetryRecords"):
            sends = action == "xray:PutTraceSegments"
            what = "send its traces"
            yield Need(what, Kind.IAM_DENIAL, session, action, "*", group="tracing", sends_function=sends)


def _disks(disks: tuple[Disk, ...], session: str) -> Iterator[Need]:
    """Writing is not asked for: a mount may be read-only.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-filesystem.html
    """
    for disk in disks:
        context = {"elasticfilesystem:AccessPointArn": (disk.access_point,)}
        what, action = f"mount {disk.file_system}", "elasticfilesystem:ClientMount"
        yield Need(what, Kind.IAM_DENIAL, session, action, disk.file_system, context, sends_function=True)
