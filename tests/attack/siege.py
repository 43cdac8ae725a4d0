"""An account under attack: real detection, real reading, real rules and guard; only AWS and the hands are played.

Everything that could be set to let a change through is set so: automatic mode, a development account, approvers, tags,
a boundary, an open kill switch. What stops a forgery has to be the judgement itself.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from iam_watchdog import guard, story, voices
from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.detect import cloudtrail, denials, subscription
from iam_watchdog.detect.ground import Ground
from iam_watchdog.model import Denial, Evidence, Function, Incident, Role, Step
from iam_watchdog.ports import Mode, Settings
from iam_watchdog.records import document_hash
from iam_watchdog.remedy.managed import DOCUMENTS
from tests.aws.answers import ACCOUNT, DENIED, REGION, Answers, Refusal, Reply
from tests.drive import deliver
from tests.fakes import NOON, FakeQueue, FakeReader, FakeWorld

NAME = "orders"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{NAME}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app/orders-role"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/orders-role/{NAME}"
GROUP = f"/aws/lambda/{NAME}"
STREAM = "2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef"
OBJECT = "arn:aws:s3:::shop-orders/incoming/a.json"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/dev-boundary"
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
OWN_ROLE = f"arn:aws:iam::{ACCOUNT}:role/iam-watchdog-remediate-{REGION}"
OWN_FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:iam-watchdog-remediate"
OTHERS = "999988887777"

SETTINGS = Settings(
    account=ACCOUNT,
    region=REGION,
    mode=Mode.AUTO,
    dev_accounts=(ACCOUNT,),
    approvals=True,
    approvers=("U1",),
    slack_team="T1",
    slack_app="A1",
    slack_channel="C1",
    allow_listed={BASIC: document_hash(DOCUMENTS[BASIC])},
    inline_boundary=BOUNDARY,
    own_roles=(OWN_ROLE,),
    own_functions=(OWN_FUNCTION,),
    own_log_groups=("/aws/lambda/iam-watchdog-remediate",),
    kill_switch="/iam-watchdog/iam-watchdog/enabled",
)
GROUND = Ground(ACCOUNT, REGION, "aws", SETTINGS.own_log_groups, SETTINGS.own_roles, SETTINGS.own_functions)
TAGS = {"iam-watchdog": "auto-fix"}
GONE = Refusal("NoSuchEntity", "not there", 404)


def document(*statements: Mapping[str, Any]) -> str:
    """A policy document as AWS returns it."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


TRUST = document({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
LETS_LOG = document({"Effect": "Allow", "Action": "logs:*", "Resource": "*"})


def refusal(
    action: str = "s3:GetObject", resource: str = OBJECT, principal: str = SESSION, layer: str = "identity-based"
) -> str:
    """The sentence as AWS writes it: anybody can write it."""
    because = f"because no {layer} policy allows the {action} action"
    return f"User: {principal} is not authorized to perform: {action} on resource: {resource} {because}"


REAL = (
    "[ERROR] ClientError: An error occurred (AccessDenied) when calling the GetObject operation: "
    f'{refusal()}\nTraceback (most recent call last):\n  File "/var/task/app.py", line 7, in handler'
)
"""What the function itself meets in this account."""


def _function(params: Mapping[str, Any]) -> Any:
    name = str(params["FunctionName"]).rsplit(":", 1)[-1]
    role = {"orders": "app/orders-role", "billing": "app/billing-role"}.get(name)
    if role is None:
        return Refusal("ResourceNotFoundException", "Function not found", 404)
    return {
        "FunctionName": name,
        "FunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}",
        "Role": f"arn:aws:iam::{ACCOUNT}:role/{role}",
        "State": "Active",
        "CodeSha256": "c0de",
        "LoggingConfig": {"LogGroup": f"/aws/lambda/{name}"},
    }


def _role(params: Mapping[str, Any]) -> Any:
    name = params["RoleName"]
    if name not in ("orders-role", "billing-role"):
        return GONE
    return {
        "Role": {
            "Path": "/app/",
            "RoleName": name,
            "RoleId": f"AROA{name.upper().replace('-', '')}00000",
            "Arn": f"arn:aws:iam::{ACCOUNT}:role/app/{name}",
            "CreateDate": NOON,
            "AssumeRolePolicyDocument": TRUST,
            "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": BOUNDARY},
            "Tags": [{"Key": key, "Value": value} for key, value in TAGS.items()],
        }
    }


def _managed(params: Mapping[str, Any]) -> Any:
    known = {BOUNDARY: guard.boundary_document(), **DOCUMENTS}
    if params["PolicyArn"] not in known:
        return GONE
    if "VersionId" in params:
        return {"PolicyVersion": {"VersionId": "v1", "Document": known[params["PolicyArn"]]}}
    return {"Policy": {"Arn": params["PolicyArn"], "DefaultVersionId": "v1"}}


def _own_bucket(absent: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda params: Refusal(absent, "none", 404) if params["Bucket"] == "shop-orders" else DENIED


ANSWERS: dict[str, Reply] = {
    "lambda:GetFunctionConfiguration": _function,
    "lambda:ListTags": {"Tags": TAGS},
    "lambda:ListFunctions": {"Functions": []},
    "iam:GetRole": _role,
    "iam:ListRolePolicies": {"PolicyNames": ["logs"]},
    "iam:GetRolePolicy": {"RoleName": "orders-role", "PolicyName": "logs", "PolicyDocument": LETS_LOG},
    "iam:ListAttachedRolePolicies": {"AttachedPolicies": []},
    "iam:GetPolicy": _managed,
    "iam:GetPolicyVersion": _managed,
    "cloudformation:DescribeStackResources": Refusal("ValidationError", "Stack for orders-role does not exist", 400),
    "s3:GetBucketPolicy": _own_bucket("NoSuchBucketPolicy"),
    "s3:GetBucketEncryption": _own_bucket("ServerSideEncryptionConfigurationNotFoundError"),
    "s3:GetBucketOwnershipControls": _own_bucket("OwnershipControlsNotFoundError"),
    "s3:GetPublicAccessBlock": _own_bucket("NoSuchPublicAccessBlockConfiguration"),
    "organizations:DescribeOrganization": Refusal("AWSOrganizationsNotInUseException", "not in use", 400),
    "cloudtrail:LookupEvents": {"Events": []},
    "ssm:GetParameter": {"Parameter": {"Name": "enabled", "Value": "true"}},
}
"""A small account: two functions, their roles, one bucket; whatever else is asked is refused."""

AWS = Answers(dict(ANSWERS), otherwise=DENIED)
READER = AccountReader(AWS.clients(), SETTINGS, lambda: NOON)


@dataclass
class Remembering(FakeQueue):
    """Remembers every step that was ever sent, also those that were taken."""

    sent: list[Step] = field(default_factory=list)

    def step(self, step: Step, after: int = 0) -> None:
        """Send and remember."""
        self.sent.append(step)
        super().step(step, after)


@dataclass
class Besieged(FakeReader):
    """The real reader, and an account that a test may bend after it was read."""

    bent: Callable[[Evidence], Evidence] = lambda evidence: evidence

    def gather(self, denial: Denial) -> Evidence:
        """What the real reader makes of the played account."""
        self.reads += 1
        return self.bent(READER.gather(denial))

    def changes(self, denial: Denial, evidence: Evidence) -> Evidence:
        """CloudTrail's history, read for real as well."""
        return self.bent(READER.changes(denial, evidence))


def world(settings: Settings = SETTINGS, bent: Callable[[Evidence], Evidence] = lambda evidence: evidence) -> FakeWorld:
    """A deployment that would apply whatever the guard lets through."""
    made = FakeWorld(lambda: Evidence(at=NOON), settings)
    made.queue = Remembering()
    made.reader = Besieged(lambda: Evidence(at=NOON), bent=bent)
    return made


def as_role(**fields: Any) -> Callable[[Evidence], Evidence]:
    """The account with another role than was read."""
    return lambda e: replace(e, role=replace(e.role, **fields) if isinstance(e.role, Role) else e.role)


def as_function(**fields: Any) -> Callable[[Evidence], Evidence]:
    """The account with another function than was read."""
    return lambda e: replace(e, function=replace(e.function, **fields) if isinstance(e.function, Function) else None)


def delivery(*messages: object, group: str = GROUP, stream: str = STREAM, owner: str = ACCOUNT, **more: Any) -> Any:
    """What CloudWatch Logs hands to Detect."""
    stamp = int(NOON.timestamp() * 1000)
    events = [{"id": f"e{n}", "timestamp": stamp + n, "message": m} for n, m in enumerate(messages)]
    body = {"messageType": "DATA_MESSAGE", "owner": owner, "logGroup": group, "logStream": stream, "logEvents": events}
    return packed(body | more)


def packed(body: object) -> dict[str, Any]:
    """A body as a subscription packs it."""
    text = body if isinstance(body, str) else json.dumps(body)
    data = base64.b64encode(gzip.compress(text.encode("utf-8", "surrogatepass"), 1)).decode()
    return {"awslogs": {"data": data}}


def printed(made: FakeWorld, *messages: str, **where: Any) -> None:
    """Somebody makes a function print this; Detect hears it and the queues are played to their end."""
    batch = subscription.unpack(delivery(*messages, **where))
    story.notice(denials.from_batch(batch, GROUND), made.noticing)
    deliver(made)


def recorded(made: FakeWorld, *records: Mapping[str, Any]) -> None:
    """Somebody hands these records to Trail."""
    found = [denial for record in records for denial in cloudtrail.from_record(record, GROUND)]
    story.notice(found, made.noticing)
    deliver(made)


def genuine() -> Denial:
    """What the function really meets, as Detect tells it."""
    (denial,) = denials.from_batch(subscription.unpack(delivery(REAL)), GROUND)
    return replace(denial, at=denial.at + timedelta(0))


def incident_of(made: FakeWorld, denial: Denial) -> Incident:
    """The incident that this denial opened, or is counted in."""
    found = made.facts.load(denial.fingerprint)
    return found if voices.same(found.denial, denial) else made.facts.load(voices.apart(denial))
