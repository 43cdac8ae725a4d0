"""What one function needs to be allowed, derived from its configuration alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from iam_watchdog.model import Function, Kind, Words

ENI_ACTIONS = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DeleteNetworkInterface",
)
"""https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html (the managed policy allows three more)."""

POLLER_ACTIONS: Mapping[str, Words] = {
    # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html and the pages of the other sources
    "sqs": ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    "kinesis": ("kinesis:DescribeStream", "kinesis:GetRecords", "kinesis:GetShardIterator"),
    "dynamodb": ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"),
    "kafka": ("kafka:DescribeClusterV2", "kafka:GetBootstrapBrokers"),
}
DELIVERY_ACTION: Mapping[str, str] = {
    # https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "lambda": "lambda:InvokeFunction",
    "events": "events:PutEvents",
    "s3": "s3:PutObject",
}
ENVIRONMENT_KEY_CODES = frozenset({"KMSKeyAccessDenied", "KMSKeyNotFound", "InvalidStateKMSKey", "DisabledKMSKey"})
NETWORK_CODES = frozenset({"InsufficientRolePermissions"})


@dataclass(frozen=True, slots=True)
class Trigger:
    """A source that is configured to start the function; qualifier None: the unqualified ARN."""

    principal: str
    source_arn: str
    qualifier: str | None = None
    source_account: str | None = None
    """Set only where the caller sends it (S3, SNS, Logs …), since EventBridge sends none."""
    action: str = "lambda:InvokeFunction"
    role: str | None = None
    """ARN of the role under which the source calls (Scheduler, Step Functions); then its policies decide."""
    context: Mapping[str, Words] = field(default_factory=dict)
    """Condition keys that the source sends besides its ARN and account."""


@dataclass(frozen=True, slots=True)
class Need:
    """One request that has to be allowed for the function to work; `reported`: AWS itself says that it is not."""

    what: str
    """Plain words: "write its own log", "be started by rule X"."""
    kind: Kind
    principal: str
    action: str
    resource: str
    context: Mapping[str, Words] = field(default_factory=dict)
    qualifier: str = "$LATEST"
    trigger: Trigger | None = None
    reported: str = ""
    group: str = ""
    """Needs of one group fail together: one denial is enough for all of them."""


def needs(function: Function, triggers: tuple[Trigger, ...] = (), *, log_group_exists: bool = True) -> tuple[Need, ...]:
    """Everything that must be allowed for this function to start, log, reach its network, be fed and deliver."""
    session = _session(function)
    return (
        _start(function),
        *_logs(function, session, log_group_exists),
        *_network(function, session),
        *_environment(function, session),
        *_tracing(function, session),
        *_sources(function, session),
        *_deliveries(function, session),
        *(_started_by(function, trigger) for trigger in triggers),
    )


def _parts(arn: str) -> tuple[str, str, str]:
    _, partition, _, region, account, *_ = arn.split(":", 5)
    return partition, region, account


def _session(function: Function) -> str:
    partition, _, account = _parts(function.arn)
    return f"arn:{partition}:sts::{account}:assumed-role/{function.role.rsplit('/', 1)[-1]}/{function.name}"


def _start(function: Function) -> Need:
    return Need("start", Kind.LAMBDA_ASSUME_ROLE, "lambda.amazonaws.com", "sts:AssumeRole", function.role)


def _logs(function: Function, session: str, exists: bool) -> Iterator[Need]:
    partition, region, account = _parts(function.arn)
    group = f"arn:{partition}:logs:{region}:{account}:log-group:{function.log_group or f'/aws/lambda/{function.name}'}"
    actions = ("logs:CreateLogStream", "logs:PutLogEvents")
    for action in actions if exists else ("logs:CreateLogGroup", *actions):
        resource = f"{group}:*" if action == "logs:CreateLogGroup" else f"{group}:log-stream:any"
        yield Need("write its own log", Kind.IAM_DENIAL, session, action, resource, group="logs")


def _network(function: Function, session: str) -> Iterator[Need]:
    if not function.in_vpc:
        return
    reported = _reported(function, NETWORK_CODES)
    for action in ENI_ACTIONS:
        yield Need(
            "have a network interface", Kind.LAMBDA_VPC_ENI, session, action, "*", reported=reported, group="network"
        )


def _environment(function: Function, session: str) -> Iterator[Need]:
    """Lambda decrypts through a grant that no policy shows, so only AWS's own state code is believed here."""
    reported = _reported(function, ENVIRONMENT_KEY_CODES)
    if function.key and reported:
        yield Need(
            "decrypt its environment", Kind.LAMBDA_ENV_KMS, session, "kms:Decrypt", function.key, reported=reported
        )


def _reported(function: Function, codes: frozenset[str]) -> str:
    for code in (function.state_reason_code, function.last_update_reason_code):
        if code in codes:
            return f"{code}: {function.state_reason or 'no further reason'}"
    return ""


def _tracing(function: Function, session: str) -> Iterator[Need]:
    if function.tracing:
        for action in ("xray:PutTraceSegments", "xray:PutTelemetryRecords"):
            yield Need("send its traces", Kind.IAM_DENIAL, session, action, "*", group="tracing")


def _sources(function: Function, session: str) -> Iterator[Need]:
    for source, state, _ in function.mappings:
        service = source.split(":")[2]
        if state.lower().startswith("disabl"):
            continue
        for action in POLLER_ACTIONS.get(service, ()):
            yield Need(f"be fed from {source}", Kind.IAM_DENIAL, session, action, source, group=f"source {source}")


def _deliveries(function: Function, session: str) -> Iterator[Need]:
    targets = [("its dead letters", function.dead_letter)] if function.dead_letter else []
    targets += [(f"its {condition} records", arn) for condition, arn in function.destinations]
    for what, arn in targets:
        action = DELIVERY_ACTION.get((arn or "").split(":")[2])
        if arn and action:
            resource = f"{arn}/aws/lambda/async/{function.name}/record" if action == "s3:PutObject" else arn
            yield Need(f"deliver {what}", Kind.IAM_DENIAL, session, action, resource)


def _started_by(function: Function, trigger: Trigger) -> Need:
    context: dict[str, Words] = dict(trigger.context)
    if not trigger.role and not trigger.context:
        context["aws:SourceArn"] = (trigger.source_arn,)
    if trigger.source_account:
        context["aws:SourceAccount"] = (trigger.source_account,)
    arn = f"{function.arn}:{trigger.qualifier}" if trigger.qualifier else function.arn
    return Need(
        f"be started by {trigger.source_arn}",
        Kind.IAM_DENIAL if trigger.role else Kind.INVOKE_PERMISSION,
        trigger.principal,
        trigger.action,
        arn,
        context,
        trigger.qualifier or "$LATEST",
        trigger,
    )
