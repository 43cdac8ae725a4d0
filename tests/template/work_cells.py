"""What each function's own role must be able to do, and what it must not, as data for the tests here and in the lab."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.template.translate import ACCOUNT, REGION, SLACK

GIVEN = "approvals"
FUNCTIONS = ("Detect", "Trail", "Sweep", "Diagnose", "Approve", "Remediate", "Verify")
KINDS = ("denial", "plan", "approval", "receipt", "verification", "lock", "cursor", "budget")
MAY_WRITE: Mapping[str, tuple[str, ...]] = {
    "Detect": ("denial",),
    "Trail": ("denial",),
    "Sweep": ("denial", "cursor"),
    "Diagnose": ("plan",),
    "Approve": ("approval",),
    "Remediate": ("receipt", "lock", "budget"),
    "Verify": ("verification", "denial"),
}
MAY_UPDATE = ("Detect", "Trail", "Sweep", "Remediate", "Verify")
"""The others only put: their facts are written once and never changed."""
MAY_SEND: Mapping[str, tuple[str, ...]] = {
    "Detect": ("Denials",),
    "Trail": ("Denials",),
    "Sweep": ("Denials",),
    "Diagnose": ("Steps", "Denials"),
    "Approve": ("Steps",),
    "Remediate": ("Trials",),
    "Verify": ("Steps", "Trials", "Denials"),
}
TAKES: Mapping[str, str] = {"Diagnose": "Denials", "Remediate": "Steps", "Verify": "Trials"}
QUEUES = ("Denials", "Steps", "Trials")
READERS = ("Sweep", "Diagnose", "Remediate", "Verify")
TELLERS = ("Diagnose", "Verify")
SECRET = SLACK["SlackSecretArn"]
TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/iam-watchdog-incidents-1abc"
BUCKET = "arn:aws:s3:::iam-watchdog-bucket-1abc"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:iam-watchdog-alerts-1abc"


@dataclass(frozen=True)
class Work:
    """One call by one function under its own role."""

    function: str
    action: str
    resource: str
    allowed: bool
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """For people."""
        end = ",".join(v for values in self.keys.values() for v in values) or self.resource.split(":", 5)[-1]
        return f"{self.function} {'may' if self.allowed else 'may not'} {self.action} {end}"


def leading(*keys: str) -> Mapping[str, tuple[str, ...]]:
    """The partition keys of a request to the table."""
    return {"dynamodb:LeadingKeys": keys}


def _facts() -> Iterator[Work]:
    for function, kinds in MAY_WRITE.items():
        for kind in KINDS:
            yield Work(function, "dynamodb:PutItem", TABLE, kind in kinds, leading(f"{kind}#abc"))
            yield Work(
                function,
                "dynamodb:UpdateItem",
                TABLE,
                kind in kinds and function in MAY_UPDATE,
                leading(f"{kind}#abc"),
            )
        mine, foreign = kinds[0], next(k for k in KINDS if k not in kinds)
        yield Work(function, "dynamodb:PutItem", TABLE, False, leading(f"{mine}#abc", f"{foreign}#abc"))
        yield Work(function, "dynamodb:PutItem", TABLE, False, leading(f"x{mine}#abc"))
        yield Work(function, "dynamodb:PutItem", TABLE, False)
        yield Work(function, "dynamodb:PutItem", TABLE.replace("incidents", "other"), False, leading(f"{mine}#abc"))
        yield Work(function, "dynamodb:DeleteItem", TABLE, False, leading("denial#abc"))
        yield Work(function, "dynamodb:DeleteItem", TABLE, function == "Remediate", leading("lock#abc"))
        yield Work(function, "dynamodb:GetItem", TABLE, True, leading("denial#abc"))
        yield Work(function, "dynamodb:Query", TABLE, True, leading("receipt#abc"))
        yield Work(function, "dynamodb:Scan", TABLE, function == "Sweep")
        yield Work(function, "dynamodb:GetItem", TABLE.replace("incidents", "other"), False, leading("denial#abc"))


def _queues() -> Iterator[Work]:
    for function in FUNCTIONS:
        for queue in QUEUES:
            arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"
            yield Work(function, "sqs:SendMessage", arn, queue in MAY_SEND[function])
            yield Work(function, "sqs:ReceiveMessage", arn, TAKES.get(function) == queue)
            yield Work(function, "sqs:ReceiveMessage", f"{arn}Dead", False)
            yield Work(function, "sqs:PurgeQueue", arn, False)


def _telling() -> Iterator[Work]:
    for function in FUNCTIONS:
        teller = function in TELLERS
        yield Work(function, "sns:Publish", TOPIC, teller)
        yield Work(function, "sns:Publish", TOPIC.replace("alerts", "other"), False)
        yield Work(function, "s3:PutObject", f"{BUCKET}/reports/abc/1.html", teller)
        yield Work(function, "s3:PutObject", f"{BUCKET}/elsewhere/1.html", False)
        yield Work(function, "s3:GetObject", f"{BUCKET}/reports/abc/1.html", function == "Approve")
        yield Work(function, "s3:GetObject", "arn:aws:s3:::customers/list.csv", False)
        yield Work(function, "secretsmanager:GetSecretValue", SECRET, teller or function == "Approve")
        yield Work(function, "secretsmanager:GetSecretValue", SECRET.replace("slack", "db"), False)


def _reading() -> Iterator[Work]:
    role = f"arn:aws:iam::{ACCOUNT}:role/orders"
    lambda_ = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:orders"
    for function in FUNCTIONS:
        reader = function in READERS
        yield Work(function, "iam:GetRole", role, reader)
        yield Work(function, "iam:GetRolePolicy", role, reader)
        yield Work(function, "lambda:GetFunctionConfiguration", lambda_, reader)
        yield Work(function, "lambda:GetPolicy", lambda_, reader)
        yield Work(function, "s3:GetBucketPolicy", "arn:aws:s3:::customers", reader)
        yield Work(function, "kms:GetKeyPolicy", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/abc", reader)
        yield Work(function, "iam:GetAccountAuthorizationDetails", "*", function == "Sweep")
        yield Work(function, "lambda:GetFunction", lambda_, False)
        yield Work(function, "kms:Decrypt", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/abc", False)


def _writing() -> Iterator[Work]:
    role = f"arn:aws:iam::{ACCOUNT}:role/orders"
    policy = {"iam:PolicyARN": ("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",)}
    tagged = {"aws:ResourceTag/iam-watchdog": ("auto-fix",)}
    for function in FUNCTIONS:
        yield Work(function, "iam:AttachRolePolicy", role, False, {**policy, **tagged})
        yield Work(function, "iam:PutRolePolicy", role, False, tagged)
        yield Work(function, "iam:PassRole", role, False)
        yield Work(
            function, "lambda:AddPermission", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:orders", False, tagged
        )
        yield Work(function, "lambda:UpdateFunctionCode", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:orders", False)
        yield Work(function, "sts:AssumeRole", role, False)
        switch = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/iam-watchdog/iam-watchdog/enabled"
        yield Work(function, "ssm:GetParameter", switch, function == "Remediate")
        yield Work(function, "ssm:PutParameter", switch, False)
        event = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/iam-watchdog/verify/orders"
        yield Work(function, "ssm:GetParameter", event, function == "Verify")
        yield Work(function, "ssm:GetParameter", event.replace("iam-watchdog/verify/orders", "db/password"), False)


def _invoking() -> Iterator[Work]:
    here = {"aws:RequestedRegion": (REGION,), "aws:ResourceAccount": (ACCOUNT,)}
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
    for function in FUNCTIONS:
        verify = function == "Verify"
        yield Work(function, "lambda:InvokeFunction", f"{arn}:orders", verify, here)
        yield Work(function, "lambda:InvokeFunction", f"{arn}:orders:live", verify, here)
        yield Work(function, "lambda:InvokeFunction", f"{arn}:orders2", False, here)
        yield Work(function, "lambda:InvokeFunction", f"{arn}:payments", False, here)
        yield Work(function, "lambda:InvokeFunction", f"{arn}:iam-watchdog-remediate", False, here)
        foreign = f"arn:aws:lambda:{REGION}:999988887777:function:orders"
        yield Work(
            function, "lambda:InvokeFunction", foreign, False, {**here, "aws:ResourceAccount": ("999988887777",)}
        )


def _logging() -> Iterator[Work]:
    for function in FUNCTIONS:
        for owner in FUNCTIONS:
            group = f"/aws/lambda/iam-watchdog-{owner.lower()}"
            arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:log-stream:2026/01/01/[$LATEST]abc"
            yield Work(function, "logs:PutLogEvents", arn, owner == function)
        yield Work(function, "logs:CreateLogGroup", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/x:*", False)
        other = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/orders:*"
        yield Work(function, "logs:FilterLogEvents", other, function == "Verify")


def _undelivered() -> Iterator[Work]:
    for function in FUNCTIONS:
        for owner in ("detect", "trail", "sweep"):
            key = f"{BUCKET}/aws/lambda/async/iam-watchdog-{owner}/2026/01/01/x"
            yield Work(function, "s3:PutObject", key, function.lower() == owner)


WORK: tuple[Work, ...] = (
    *_facts(),
    *_queues(),
    *_telling(),
    *_reading(),
    *_writing(),
    *_invoking(),
    *_logging(),
    *_undelivered(),
)
