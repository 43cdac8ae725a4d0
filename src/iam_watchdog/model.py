"""The nouns. Standard library only; every part is built and tested against this file alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

type Words = tuple[str, ...]

CAPTURED = -1
"""The level of a policy whose Denies alone count: AWS keeps of it what concerns one call, and nobody knows the rest."""
WATCHDOG = "iam-watchdog"
"""Who orders a change that nobody asked for; every other `by` is a Slack user id or a caller's ARN."""
OWN = f"{WATCHDOG}-"
"""How the names of our own policies and statements begin."""


class Kind(StrEnum):
    """What a text is about (contract 2 prints these words)."""

    IAM_DENIAL = "iam_denial"
    LAMBDA_ASSUME_ROLE = "lambda_assume_role"
    LAMBDA_VPC_ENI = "lambda_vpc_eni"
    LAMBDA_ENV_KMS = "lambda_env_kms"
    INVOKE_PERMISSION = "invoke_permission"
    CREDENTIALS = "credentials"
    THROTTLE = "throttle"
    NOT_AWS = "not_aws"
    OTHER = "other"


DENIALS = frozenset(
    {Kind.IAM_DENIAL, Kind.LAMBDA_ASSUME_ROLE, Kind.LAMBDA_VPC_ENI, Kind.LAMBDA_ENV_KMS, Kind.INVOKE_PERMISSION}
)


class Layer(StrEnum):
    """A place where a permission can be missing; contract 2 prints trust and invoke as "resource"."""

    IDENTITY = "identity"
    BOUNDARY = "boundary"
    SESSION = "session"
    RESOURCE = "resource"
    SCP = "scp"
    RCP = "rcp"
    VPCE = "vpce"
    TRUST = "trust"
    INVOKE = "invoke"


class Effect(StrEnum):
    """How AWS says no: nothing allowed it, or a statement denied it."""

    IMPLICIT = "implicit"
    EXPLICIT = "explicit"


class Answer(StrEnum):
    """What one layer, or all of them together, say to a request; absent: the layer is not in play."""

    ALLOWED = "allowed"
    IMPLICIT = "implicit"
    EXPLICIT = "explicit"
    UNKNOWN = "unknown"
    ABSENT = "absent"


class Confidence(StrEnum):
    """How sure a diagnosis is; only `verified` may lead to a change."""

    VERIFIED = "verified"
    REPORTED = "reported"
    INCOMPLETE = "incomplete"


class Witness(StrEnum):
    """Who says that the call was refused; only a `log` line can be written by a stranger."""

    CONFIG = "config"
    CLOUDTRAIL = "cloudtrail"
    AUTHORIZATION = "authorization"
    LOG = "log"


class Status(StrEnum):
    """Where an incident stands; derived from its facts, never stored."""

    OPEN = "open"
    PROPOSED = "proposed"
    ADVISED = "advised"
    APPROVED = "approved"
    APPLIED = "applied"
    NOT_YET = "not_yet"
    VERIFIED = "verified"
    UNDONE = "undone"
    DISMISSED = "dismissed"
    SNOOZED = "snoozed"
    HEALED = "healed"
    STALE = "stale"
    FAILED = "failed"


# ---------------------------------------------------------------- what was said, and what it means


@dataclass(frozen=True, slots=True)
class Message:
    """One refusal as a text states it, verbatim: all that is ever taken from a stranger (contract 2)."""

    kind: Kind
    principal: str | None = None
    action: str | None = None
    resource: str | None = None
    effect: Effect | None = None
    layer: Layer | None = None
    policy_arn: str | None = None
    encoded: str | None = None
    """The EC2 encoded authorization failure message, when there is a blob to decode."""
    authorization_id: str | None = None
    error_code: str | None = None
    operation: str | None = None
    request_id: str | None = None
    excerpt: str = ""
    """The matched span, capped at 2,000 characters; never the whole line."""


@dataclass(frozen=True, slots=True)
class Denial:
    """One refused call of one function, normalised; `recovered` names the source of each field the text lacked."""

    witness: Witness
    at: datetime
    account: str
    region: str
    function: str
    """The function's name, or "" when it could not be told from stream, group or configuration."""
    qualifier: str
    """Version or alias that failed; "$LATEST" when unqualified."""
    principal: str | None
    """The principal as named: a role session ARN, a service principal (`events.amazonaws.com`), or None."""
    action: str
    """IAM action in the service's own case (`s3:GetObject`), or "" when it could not be told."""
    resource: str | None
    scope: str
    """The resource as counted: S3 objects as bucket and directory, log streams as their group, the rest exact."""
    said: Message | None = None
    origin: str = ""
    """What brought it: log group and stream, CloudTrail event id, or `sweep`."""
    excerpt: str = ""
    recovered: Mapping[str, str] = field(default_factory=dict)
    kind: Kind = Kind.IAM_DENIAL
    source_arn: str | None = None
    """For an invoke permission: the trigger (rule, bucket, topic) that may not start the function."""
    source_account: str | None = None
    context: Mapping[str, Words] = field(default_factory=dict)
    """Condition keys of the call that AWS itself reported (CloudTrail, authorization details), never text."""
    event_id: str = ""
    """The log event's or CloudTrail event's id: one delivery twice is one occurrence."""
    follows: str | None = None
    """The incident whose trial surfaced this denial."""
    truncated: bool = False

    @property
    def by_trigger(self) -> bool:
        """A trigger that calls under a role of its own (Scheduler, Step Functions): that role is refused and mended."""
        return self.kind is Kind.IAM_DENIAL and self.source_arn is not None

    @property
    def fingerprint(self) -> str:
        """Name the incident: neither layer nor role, so that logs, CloudTrail and the sweep meet in one.

        Twenty hexadecimal digits of SHA-256 over length-prefixed fields: no two lists collide by concatenation.
        """
        fields = (self.account, self.region, self.function, self.action, self.scope)
        text = "".join(f"{len(f)}:{f}" for f in fields)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]  # JSON may escape half a letter.


# ---------------------------------------------------------------- what was read


@dataclass(frozen=True, slots=True)
class Function:
    """A Lambda function's configuration as the diagnosis needs it; environment values never leave the reader."""

    arn: str
    role: str
    """ARN of its execution role, with path."""
    state: str = "Active"
    state_reason: str | None = None
    state_reason_code: str | None = None
    timeout: int = 3
    log_group: str = ""
    key: str | None = None
    """KMS key ARN of the environment variables."""
    environment_error: str | None = None
    in_vpc: bool = False
    vpc_id: str | None = None
    subnets: Words = ()
    """Ids of the subnets that its network interfaces are in."""
    tags: Mapping[str, str] = field(default_factory=dict)
    code_sha: str = ""
    version: str = "$LATEST"
    dead_letter: str | None = None
    destinations: tuple[tuple[str, str], ...] = ()
    """(success|failure, target ARN) of asynchronous invocation."""
    tracing: bool = False
    package: str = "Zip"
    file_systems: Words = ()
    layers: Words = ()
    """ARNs of its layers' versions; a layer of another account has a policy of its own that must let it be read."""
    mappings: tuple[tuple[str, str, str], ...] = ()
    """(event source ARN, state, last processing result) of its event source mappings."""
    mapping_secrets: tuple[tuple[str, str], ...] = ()
    """(event source ARN, ARN of a secret) with which the pollers sign in."""
    mapping_networks: Words = ()
    """Event sources ("" for a cluster without ARN) that are reached through network interfaces in the account's VPC."""
    mapping_topics: tuple[tuple[str, str, Words], ...] = ()
    """(ARN of a Kafka cluster, consumer group, topics) of the mappings that read from one."""
    last_modified: str = ""
    last_update_reason_code: str | None = None
    log_class: str | None = None

    @property
    def name(self) -> str:
        """The function's name, from its ARN."""
        return self.arn.split(":")[6]


@dataclass(frozen=True, slots=True)
class Role:
    """An execution role: id (AROA…), boundary ARN, tags, owning stack and the other functions that use it."""

    arn: str
    id: str = ""
    boundary: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    stack: str | None = None
    logical_id: str | None = None
    shared_with: Words = ()
    """Names of the *other* functions that run under this role."""
    attached: Words = ()
    """ARNs of attached managed policies."""
    inline: Words = ()
    """Names of inline policies."""

    @property
    def name(self) -> str:
        """The role's name, without path."""
        return self.arn.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class Target:
    """A resource that was called; account "" if nobody could tell it; traits: exists, owner, access block, grants."""

    arn: str
    account: str = ""
    key: str | None = None
    """ARN of the customer KMS key that encrypts it."""
    traits: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy document as AWS returned it: JSON text, so that it can be hashed and quoted."""

    layer: Layer
    name: str
    """`inline/<name>`, a managed policy's ARN, or what contract 3 calls it (`identity[0]`)."""
    text: str
    on: str = ""
    """ARN of what it is attached to: the role, the bucket, the key, the function; "" is the request's own resource."""
    level: int = 0
    """Depth in the organization of an SCP or RCP: 0 is the root; CAPTURED: what AWS kept of one that we cannot read."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A layer that could not be read, and why: no rule takes silence for absence."""

    layer: Layer
    what: str
    why: str
    decides: bool = True
    """False for a detail (default encryption, grants, owning stack): named, but the layer's policies were read."""


@dataclass(frozen=True, slots=True)
class Change:
    """A management event that touched the role, its policies or the target's policy."""

    at: datetime
    who: str
    event: str
    on: str
    detail: str = ""
    by_person: bool = True
    before: str = ""
    """What stood there before, as JSON: the earlier document or parameters; "" if unknown. Never shown or stored."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A permission that was given lately to another role than the function's own; `text` is the policy document."""

    at: datetime
    who: str
    role: str
    """The other role's name."""
    policy: str
    """The inline policy's name, or the managed policy's ARN."""
    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that was read for one denial, and what could not be."""

    at: datetime
    function: Function | None = None
    role: Role | None = None
    targets: tuple[Target, ...] = ()
    """What was called first, then what it needs (the key that encrypts the object)."""
    policies: tuple[Policy, ...] = ()
    unread: tuple[Unread, ...] = ()
    changes: tuple[Change, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    """Other plain facts by name: `other_role` (a role the denial names), `quarantine`, `principal_exists` …"""

    @property
    def target(self) -> Target | None:
        """What was called."""
        return self.targets[0] if self.targets else None

    def of(self, layer: Layer, on: str | None = None) -> tuple[Policy, ...]:
        """The policies of one layer, of one resource if `on` is given."""
        return tuple(p for p in self.policies if p.layer is layer and (on is None or p.on == on))


# ---------------------------------------------------------------- what the policies say


@dataclass(frozen=True, slots=True)
class Request:
    """What `policy.decide` is asked; closed=False: a key not in `context` is unknown rather than absent."""

    principal: str
    """An IAM or STS ARN, or a service principal (`events.amazonaws.com`)."""
    action: str
    resource: str
    resource_account: str
    context: Mapping[str, Words] = field(default_factory=dict)
    """Condition key → its values; a single-valued key has one. Key names compare without case."""
    closed: bool = True
    multivalued: frozenset[str] = frozenset()
    """Lower-case names of keys that are lists even when they hold one value or none."""


@dataclass(frozen=True, slots=True)
class Missed:
    """Why a statement did not match: the element that failed (a condition with its key), expected and actual."""

    element: str
    """action, resource, principal or condition."""
    expected: Words
    actual: Words
    """Empty: the key is not in the request."""
    key: str | None = None
    operator: str | None = None
    """The condition's operator as written."""
    inverted: bool = False
    """The statement names what it leaves out (NotAction, NotResource, NotPrincipal)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement that decided, or one that nearly did (`missed` says what kept it from matching)."""

    layer: Layer
    policy: str
    index: int
    sid: str | None
    effect: str
    """Allow or Deny."""
    missed: Missed | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The evaluator's answer, whole and per layer, with the statements that decide and the near misses."""

    answer: Answer
    layers: Mapping[Layer, Answer]
    deciding: tuple[Finding, ...] = ()
    near: tuple[Finding, ...] = ()
    unknown: Words = ()
    """Why something is unknown, one sentence each."""
    problems: Words = ()
    """Malformed parts of documents, with their place; the rest was still evaluated."""

    @property
    def denied(self) -> bool:
        """True only for a certain no."""
        return self.answer in (Answer.IMPLICIT, Answer.EXPLICIT)


# ---------------------------------------------------------------- what to do about it


@dataclass(frozen=True, slots=True)
class Allow:
    """One Allow statement to add; `principals` (type, value) only in a resource policy."""

    actions: Words
    resources: Words
    conditions: tuple[tuple[str, str, Words], ...] = ()
    """(operator, key, values)."""
    principals: tuple[tuple[str, str], ...] = ()
    sid: str = ""


@dataclass(frozen=True, slots=True)
class AttachManagedPolicy:
    """Attach one managed policy to one role."""

    role: str
    """Role ARN."""
    policy_arn: str


@dataclass(frozen=True, slots=True)
class AddRoleStatements:
    """Put one inline policy of our own name on one role; never an edit of another."""

    role: str
    """Role ARN."""
    statements: tuple[Allow, ...]


@dataclass(frozen=True, slots=True)
class AddInvokePermission:
    """Let one service start one function."""

    function: str
    """Function ARN, unqualified."""
    qualifier: str | None
    principal: str
    source_arn: str | None
    source_account: str | None


type Grant = AttachManagedPolicy | AddRoleStatements | AddInvokePermission


@dataclass(frozen=True, slots=True)
class Advice:
    """What an owner has to change; no port takes it, so it cannot be applied by mistake."""

    layer: Layer
    target: str
    """ARN of the document's owner: bucket, key, queue, role (trust), boundary policy."""
    text: str
    statements: tuple[Allow, ...] = ()


type Fix = Grant | Advice


@dataclass(frozen=True, slots=True)
class Deny:
    """One Deny statement; no fix is made of these, so that nothing here can take a permission away."""

    actions: Words
    resources: Words
    conditions: tuple[tuple[str, str, Words], ...] = ()
    """(operator, key, values)."""
    sid: str = ""


@dataclass(frozen=True, slots=True)
class Guardrail:
    """An inline policy that AWS recommends beside a fix: shown, for a person to put there; no port takes it."""

    role: str
    """Role ARN."""
    text: str
    statements: tuple[Deny, ...]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Which layer denied and why; `fixes` are applied together, `instead` are alternatives to all of them."""

    rule: str
    layer: Layer | None
    because: str
    """One sentence, complete without the rest."""
    confidence: Confidence
    bound: bool
    """The denial is strongly bound to the function: its principal is a session of the function's execution role."""
    verdict: Verdict
    fixes: tuple[Fix, ...] = ()
    instead: tuple[Fix, ...] = ()
    beside: tuple[Guardrail, ...] = ()
    """What is recommended with the fixes, and is none of them."""
    notes: Words = ()
    """What the reader should also know: where message and evaluation disagree, what changed, what to check next."""
    request: Request | None = None
    """The request that was evaluated."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Verdict before and after, and what would be allowed beyond the statements' own action and resource set."""

    before: Answer
    after: Answer
    gained: Words = ()
    surplus: Words = ()
    """For a managed policy: what it allows beyond the need, listed; never counted as gained."""
    probes: int = 0
    """How many other requests were tried."""

    @property
    def holds(self) -> bool:
        """Denied before, allowed after, nothing else gained."""
        denied = self.before in (Answer.IMPLICIT, Answer.EXPLICIT)
        return denied and self.after is Answer.ALLOWED and not self.gained


@dataclass(frozen=True, slots=True)
class Plan:
    """Exists only if every fix is a Grant and the proof holds; its hash covers all it was decided on."""

    grants: tuple[Grant, ...]
    proof: Proof
    decided_on: Mapping[str, str]
    """role id, function ARN and code hash, policy document hashes, boundary, verify-event version."""
    also: Words = ()
    """The other incidents of the same function that it ends."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What stood there before a change, stored before it; `before` None: absent, so the undo removes it."""

    grant: Grant
    name: str
    """Policy ARN, inline policy name or statement id."""
    before: str | None
    after: str = ""
    """The document that the change put there; an undo touches it only if it is still exactly that."""
    role_id: str = ""
    by: str = WATCHDOG
    """Who ordered the change: decides which Hands role makes it and takes it back."""


@dataclass(frozen=True, slots=True)
class Digest:
    """Many small things said at once: the first sweep, a day's open ends, a week's blind spots."""

    name: str
    """Unique; the same name is the same digest."""
    at: datetime
    title: str
    lines: Words


class StepKind(StrEnum):
    """What one queued message asks for."""

    APPLY = "apply"
    VERIFY = "verify"
    UNDO = "undo"
    TELL = "tell"


@dataclass(frozen=True, slots=True)
class Step:
    """One message of a steps queue: a reference, never a payload to be trusted."""

    incident: str
    cycle: int
    kind: StepKind
    plan: str = ""
    """The plan hash that the yes was given to."""
    by: str = WATCHDOG
    nonce: str = ""
    attempt: int = 0


# ---------------------------------------------------------------- facts: one writer each


@dataclass(frozen=True, slots=True)
class Seen:
    """A denial was recorded (kind `denial`: Detect, Trail, Sweep)."""

    at: datetime
    denial: Denial
    occurrences: int = 1
    last: datetime | None = None
    enqueued_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Healed:
    """The sweep found that the evaluation allows it now (kind `denial`)."""

    at: datetime
    because: str = ""


@dataclass(frozen=True, slots=True)
class Also:
    """Another open incident of the same function that the same plan ends, as it was looked into with it."""

    incident: str
    denial: Denial
    request: Request | None = None


@dataclass(frozen=True, slots=True)
class Proposed:
    """What Diagnose found (kind `plan`): a plan, or advice when plan is None."""

    at: datetime
    diagnosis: Diagnosis
    plan: Plan | None
    proof: Proof | None = None
    refusals: Mapping[str, Words] = field(default_factory=dict)
    """`watchdog` and `person` → the names of what speaks against an unasked, an approved change."""
    role: Role | None = None
    target_account: str = ""
    unread: tuple[Unread, ...] = ()
    nonce: str = ""
    plan_hash: str = ""
    function_arn: str = ""
    changes: tuple[Change, ...] = ()
    ignored: bool = False
    """The function or its role is tagged `iam-watchdog=ignore`: known, and nobody is told."""
    witness: Witness | None = None
    """Who says so after AWS was asked: CloudTrail's own record makes more of what came as a claim."""
    also: tuple[Also, ...] = ()
    """What else the plan ends; `plan.also` names the same incidents."""
    carried_by: str = ""
    """The open incident whose shown plan ends this one too: people were told there."""
    modified: datetime | None = None
    """When Lambda last changed the function's code or configuration; None if that is not known."""
    standing: Mapping[str, str] = field(default_factory=dict)
    """What was read of code, role and policies, as hashes by their words: a person's word for quiet is for that."""
    lifted: Words = ()
    """What of it had changed since a person asked for quiet, so that it is told again."""


@dataclass(frozen=True, slots=True)
class Shown:
    """People were told (kind `plan` from Diagnose, kind `verification` from Verify)."""

    at: datetime
    channel: str = ""
    ts: str = ""
    what: str = ""


@dataclass(frozen=True, slots=True)
class Approved:
    """A person said yes to exactly one plan (kind `approval`)."""

    at: datetime
    by: str
    plan_hash: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Dismissed:
    """A person said that this is no problem (kind `approval`)."""

    at: datetime
    by: str
    until: datetime | None = None
    occurrences: int = 0
    """How often it had been seen by then: ten times that rate lifts the dismissal, and so does a stronger witness."""
    witness: Witness | None = None
    standing: Mapping[str, str] = field(default_factory=dict)
    """What it was said of: a change of it lifts the dismissal, as soon as the denial is seen again."""


@dataclass(frozen=True, slots=True)
class Snoozed:
    """A person asked to be left alone until a time (kind `approval`)."""

    at: datetime
    by: str
    until: datetime
    occurrences: int = 0
    witness: Witness | None = None
    standing: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prepared:
    """The receipts, stored before the change (kind `receipt`)."""

    at: datetime
    receipts: tuple[Receipt, ...]
    plan_hash: str
    by: str


@dataclass(frozen=True, slots=True)
class Applied:
    """The change was made (kind `receipt`)."""

    at: datetime
    plan_hash: str
    by: str


@dataclass(frozen=True, slots=True)
class Stale:
    """The account changed since the yes, or the guard now refuses: nothing was done (kind `receipt`)."""

    at: datetime
    because: str
    plan_hash: str = ""


@dataclass(frozen=True, slots=True)
class Undone:
    """The change was taken back, or `refused` says why it could not be (kind `receipt`)."""

    at: datetime
    because: str
    by: str = WATCHDOG
    refused: str | None = None
    plan_hash: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a re-invocation, an observation or a simulation showed."""

    ok: bool
    how: str
    """invoke, observe or simulate."""
    detail: str
    same_denial: bool = False
    other_denial: Denial | None = None
    clear: bool = True
    """False: neither success nor the same denial could be told; a person decides."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One trial of an applied change (kind `verification`); final: no more will follow."""

    at: datetime
    trial: Trial
    attempt: int
    final: bool = False


type Fact = (
    Seen | Healed | Proposed | Shown | Approved | Dismissed | Snoozed | Prepared | Applied | Stale | Undone | Tried
)


@dataclass(frozen=True, slots=True)
class Incident:
    """All facts about one fingerprint's current cycle, oldest first."""

    id: str
    cycle: int
    denial: Denial
    occurrences: int
    first_seen: datetime
    last_seen: datetime
    facts: tuple[Fact, ...] = ()

    @property
    def witness(self) -> Witness:
        """Who says that the call was refused, as far as anybody has asked."""
        confirmed = (f.witness for f in self.facts if isinstance(f, Proposed) and f.witness is not Witness.LOG)
        return next((w for w in confirmed if w), self.denial.witness)

    @property
    def denials(self) -> tuple[Denial, ...]:
        """All that the present plan is to end, its own denial first."""
        found = self.last(Proposed)
        return (self.denial, *(one.denial for one in found.also)) if found else (self.denial,)

    def last[T](self, kind: type[T]) -> T | None:
        """The newest fact of one type."""
        return next((f for f in reversed(self.facts) if isinstance(f, kind)), None)
