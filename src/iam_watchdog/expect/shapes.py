"""The nouns of the sweep's half: what feeds and starts a function, and one request that has to be allowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from iam_watchdog.model import Kind, Words

INVOKE = "lambda:InvokeFunction"


@dataclass(frozen=True, slots=True)
class Trigger:
    """A source that is configured to start the function; qualifier None: the unqualified ARN."""

    principal: str
    source_arn: str
    """What a permission has to name; "" for a source that has no ARN (a function URL)."""
    qualifier: str | None = None
    source_account: str | None = None
    """Set only where the caller sends it (S3, SNS, Logs …), since EventBridge sends none."""
    action: str = INVOKE
    role: str | None = None
    """ARN of the role under which the source calls (Scheduler, Step Functions); then its policies decide."""
    context: Mapping[str, Words] = field(default_factory=dict)
    """Condition keys that the source sends, in place of its ARN; () for a key that it certainly does not send."""
    feed: str = ""
    """ARN of what the source itself reads under that role before it calls (a pipe's own source)."""


@dataclass(frozen=True, slots=True)
class Feed:
    """An event source mapping: Lambda polls the source under the function's role."""

    source: str
    """ARN of the source, "" for a self-managed cluster."""
    state: str = "Enabled"
    result: str = ""
    """What Lambda itself says of its last attempt, a free text."""
    secrets: Words = ()
    """ARNs of the secrets that the poller signs in with."""
    in_network: bool = False
    """The poller reaches a self-managed cluster through network interfaces of ours."""
    failures: str = ""
    """ARN to which discarded batches are sent."""
    topics: Words = ()
    group: str = ""
    """Kafka topics, and the consumer group under which they are read."""
    by_role: bool = False
    """The poller signs in to the cluster with the function's role (IAM access control)."""


@dataclass(frozen=True, slots=True)
class Disk:
    """An EFS access point that the function mounts, and the file system behind it."""

    access_point: str
    file_system: str


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
    sends_function: bool = False
    """Lambda sends lambda:SourceFunctionArn with this call of its own."""
    behind: Need | None = None
    """The call that makes its service ask for this: what is told where this is refused."""


def service(arn: str) -> str:
    """The service of an ARN, "" for anything else."""
    parts = arn.split(":", 5)
    return parts[2] if len(parts) == 6 and parts[0] == "arn" else ""


def carrier(arn: str) -> str:
    """The ARN of what carries the policy: a topic's and a consumer group's is their cluster's."""
    head, _, rest = arn.rpartition(":")
    kind, _, name = rest.partition("/")
    if service(arn) == "kafka" and kind in ("topic", "group"):
        return f"{head}:cluster/{'/'.join(name.split('/')[:2])}"
    return arn


def owner(arn: str) -> str:
    """The account in an ARN, "" where it names none."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 else ""
