"""Each shim's contract: what AWS would do, asked of the emulator; every refused case has an allowed twin."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from iam_watchdog_cli.lab import launch, shims
from iam_watchdog_cli.lab.shims import filter_patterns
from tests.lab.account import Account, allow, until

BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [allow("sqs:SendMessage")]})


def refused(call: Any, **arguments: Any) -> str:
    """The message with which the call is refused; fails if it is not."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert "denied" in caught.value.response["Error"]["Code"].lower().replace("authorizationerror", "denied")
    return str(caught.value.response["Error"]["Message"])


def test_an_unknown_shim_cannot_be_left_out() -> None:
    with pytest.raises(KeyError, match="no such shim"):
        shims.install(without=["typo"])


# ---------------------------------------------------------------- condition keys


def test_attaching_is_held_to_the_policies_that_the_caller_may_attach(account: Account) -> None:
    target = account.role("keys-target")
    role = account.role("keys-attacher", allow("iam:AttachRolePolicy", on=target, ArnEquals={"iam:PolicyARN": BASIC}))
    iam = account.client("iam", account.assume(role))
    iam.attach_role_policy(RoleName="keys-target", PolicyArn=BASIC)
    refused(iam.attach_role_policy, RoleName="keys-target", PolicyArn=ADMIN)


def test_an_inline_policy_is_held_to_the_boundary_of_the_role_that_gets_it(account: Account) -> None:
    boundary = account.policy("keys-boundary", allow("*"))
    bounded, free = account.role("keys-bounded", boundary=boundary), account.role("keys-free")
    role = account.role(
        "keys-writer",
        allow("iam:PutRolePolicy", on=[bounded, free], StringEquals={"iam:PermissionsBoundary": boundary}),
    )
    iam = account.client("iam", account.assume(role))
    iam.put_role_policy(RoleName="keys-bounded", PolicyName="p", PolicyDocument=POLICY)
    refused(iam.put_role_policy, RoleName="keys-free", PolicyName="p", PolicyDocument=POLICY)


def test_a_permission_to_invoke_is_held_to_the_services_that_may_get_it(account: Account) -> None:
    function = account.function("keys-target-fn", account.role("keys-fn-role"), "def handler(e, c): pass")
    role = account.role(
        "keys-permitter",
        allow(
            "lambda:AddPermission",
            on=function,
            StringEquals={"lambda:Principal": "events.amazonaws.com"},
            Null={"lambda:FunctionUrlAuthType": "true"},
        ),
    )
    functions = account.client("lambda", account.assume(role))
    asked = {"FunctionName": "keys-target-fn", "Action": "lambda:InvokeFunction"}
    functions.add_permission(StatementId="a", Principal="events.amazonaws.com", **asked)
    refused(functions.add_permission, StatementId="b", Principal="s3.amazonaws.com", **asked)
    url = {"FunctionUrlAuthType": "NONE", "Principal": "events.amazonaws.com", "Action": "lambda:InvokeFunctionUrl"}
    refused(functions.add_permission, **asked | url, StatementId="c")


@pytest.fixture(scope="module")
def writer(account: Account) -> Any:
    """A client that may touch items whose partition key starts with `mine#`."""
    account.client("dynamodb").create_table(
        TableName="keys-table",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )
    mine: dict[str, Any] = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["mine#*"]}}
    actions = [f"dynamodb:{name}" for name in ("PutItem", "UpdateItem", "GetItem", "Query", "BatchWriteItem")]
    role = account.role("keys-items", allow(*actions, Null={"dynamodb:LeadingKeys": "false"}, **mine))
    return account.client("dynamodb", account.assume(role))


def item(kind: str) -> dict[str, Any]:
    return {"pk": {"S": f"{kind}#1"}, "sk": {"S": "x"}}


def test_items_are_held_to_their_leading_keys(writer: Any) -> None:
    key = {"TableName": "keys-table"}
    writer.put_item(**key, Item=item("mine"))
    writer.get_item(**key, Key=item("mine"))
    refused(writer.put_item, **key, Item=item("other"))
    refused(writer.get_item, **key, Key=item("other"))


@pytest.mark.parametrize("left", ["pk", "#p"])
def test_a_query_is_held_to_its_leading_key(writer: Any, left: str) -> None:
    names = {"ExpressionAttributeNames": {"#p": "pk"}} if left == "#p" else {}
    asked = {"TableName": "keys-table", "KeyConditionExpression": f"{left} = :v", **names}
    writer.query(**asked, ExpressionAttributeValues={":v": {"S": "mine#1"}})
    refused(writer.query, **asked, ExpressionAttributeValues={":v": {"S": "other#1"}})


def test_one_foreign_key_spoils_a_batch_and_a_transaction(writer: Any) -> None:
    def batch(*kinds: str) -> dict[str, Any]:
        return {"keys-table": [{"PutRequest": {"Item": item(kind)}} for kind in kinds]}

    def puts(*kinds: str) -> list[dict[str, Any]]:
        return [{"Put": {"TableName": "keys-table", "Item": item(kind)}} for kind in kinds]

    writer.batch_write_item(RequestItems=batch("mine"))
    refused(writer.batch_write_item, RequestItems=batch("mine", "other"))
    writer.transact_write_items(TransactItems=puts("mine"))
    refused(writer.transact_write_items, TransactItems=[*puts("other"), *puts("mine")])


CALLS_SQS = """
import boto3
def handler(event, context):
    try:
        boto3.client("sqs").create_queue(QueueName=context.function_name)
        return "made"
    except Exception as error:
        return str(error)
"""


def test_a_call_carries_the_function_that_made_it(account: Account) -> None:
    arn = f"arn:aws:lambda:{account.lab.region}:{account.lab.account}:function:keys-source-a"
    role = account.role("keys-source", allow("sqs:CreateQueue", ArnEquals={"lambda:SourceFunctionArn": arn}))
    for name in ("keys-source-a", "keys-source-b"):
        account.function(name, role, CALLS_SQS)
    assert account.invoke("keys-source-a") == "made"
    assert "not authorized to perform: sqs:createqueue" in account.invoke("keys-source-b")
    outside = account.client("sqs", account.assume(role))
    refused(outside.create_queue, QueueName="keys-source-c")


def test_the_session_name_counts_in_the_callers_own_policy(account: Account) -> None:
    role = account.role("keys-named", allow("sts:AssumeRole", StringLike={"sts:RoleSessionName": "wd-*"}))
    target = account.role("keys-assumed")
    trust = account.client("iam").get_role(RoleName="keys-assumed")["Role"]["AssumeRolePolicyDocument"]
    trust["Statement"][0]["Principal"]["AWS"] = role
    account.client("iam").update_assume_role_policy(RoleName="keys-assumed", PolicyDocument=json.dumps(trust))
    sts = account.client("sts", account.assume(role))
    sts.assume_role(RoleArn=target, RoleSessionName="wd-1")
    refused(sts.assume_role, RoleArn=target, RoleSessionName="other")


def test_a_session_policy_cuts_what_the_role_may_do(account: Account) -> None:
    role = account.role("session-cut", allow("sqs:CreateQueue", "sqs:ListQueues"))
    only = {"Version": "2012-10-17", "Statement": [allow("sqs:ListQueues")]}
    sqs = account.client("sqs", account.assume(role, only))
    sqs.list_queues()
    assert "because no session policy allows" in refused(sqs.create_queue, QueueName="session-cut")
    account.client("sqs", account.assume(role)).create_queue(QueueName="session-cut")


# ---------------------------------------------------------------- the words of a denial


def test_a_denial_names_principal_action_resource_and_layer(account: Account) -> None:
    account.client("s3").create_bucket(Bucket="words-bucket")
    role = account.role("words-nobody")
    message = refused(account.client("s3", account.assume(role)).get_object, Bucket="words-bucket", Key="a/b.txt")
    assert message == (
        f"User: arn:aws:sts::{account.lab.account}:assumed-role/words-nobody/someone is not authorized to perform: "
        's3:GetObject on resource: "arn:aws:s3:::words-bucket/a/b.txt" '
        "because no identity-based policy allows the s3:GetObject action"
    )


def test_a_denial_names_the_layer_that_denied(account: Account) -> None:
    boundary = account.policy("words-boundary", allow("sqs:ListQueues"))
    role = account.role("words-bounded", allow("sqs:*", "sns:*"), boundary=boundary)
    sqs = account.client("sqs", account.assume(role))
    assert "because no permissions boundary allows the sqs:createqueue action" in refused(
        sqs.create_queue, QueueName="words"
    )
    never = account.policy("words-never", allow("*"), {"Effect": "Deny", "Action": "sns:*", "Resource": "*"})
    role = account.role("words-forbidden", allow("sns:*"), boundary=never)
    sns = account.client("sns", account.assume(role))
    assert "with an explicit deny in a permissions boundary" in refused(sns.create_topic, Name="words")
    role = account.role("words-denied", allow("*"), {"Effect": "Deny", "Action": "dynamodb:*", "Resource": "*"})
    dynamodb = account.client("dynamodb", account.assume(role))
    message = refused(dynamodb.describe_table, TableName="words")
    assert "on resource: arn:aws:dynamodb:" in message
    assert message.endswith("with an explicit deny in an identity-based policy")


def test_a_denial_by_the_resource_says_so(account: Account) -> None:
    s3 = account.client("s3")
    s3.create_bucket(Bucket="words-guarded")
    s3.put_object(Bucket="words-guarded", Key="a", Body=b"x")
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::words-guarded/*"}
    s3.put_bucket_policy(Bucket="words-guarded", Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
    reader = account.client("s3", account.assume(account.role("words-reader", allow("s3:*"))))
    message = refused(reader.get_object, Bucket="words-guarded", Key="a")
    assert message.endswith('"arn:aws:s3:::words-guarded/a" with an explicit deny in a resource-based policy')


def test_a_key_policy_that_does_not_delegate_is_named(account: Account) -> None:
    admin = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}, "Action": "kms:*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [admin | {"Resource": "*"}]})
    key = account.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
    kms = account.client("kms", account.assume(account.role("words-kms", allow("kms:*"))))
    message = refused(kms.encrypt, KeyId=key, Plaintext=b"x")
    assert message.endswith(f"on resource: {key} because no resource-based policy allows the kms:Encrypt action")


# ---------------------------------------------------------------- logs


@pytest.mark.parametrize(
    ("pattern", "message", "expected"),
    [
        ("", "anything", True),
        ("ERROR", "an ERROR here", True),
        ("ERROR", "an error here", False),
        ("ERROR ARGUMENTS", "ERROR alone", False),
        ('"not authorized"', "is not authorized to", True),
        ('"not authorized"', "authorized not", False),
        ("?AccessDenied ?Unauthorized", "UnauthorizedOperation", True),
        ("?AccessDenied ?Unauthorized", "all is well", False),
        ("ERROR -healthz", "ERROR at /healthz", False),
        ("ERROR -healthz", "ERROR at /orders", True),
        ("?ERROR ?ARGUMENTS REQUEST", "REQUEST only", True),
        ("?AccessDenied -watchdog", "all is well", True),
        ("%Denied|refused%", "was refused", True),
        ("{ $.level = 1 }", "level", False),
    ],
)
def test_filter_patterns_match_as_documented(pattern: str, message: str, expected: bool) -> None:
    assert filter_patterns.matches(pattern, message) is expected


SPEAKS = 'def handler(event, context):\n    print("order booked")\n    return "ok"'


def test_a_role_that_may_not_log_leaves_no_line(account: Account) -> None:
    role = account.role("logs-mute")
    account.function("logs-mute", role, SPEAKS)
    assert account.invoke("logs-mute") == "ok"
    logs = account.client("logs")
    assert not logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/logs-mute")["logGroups"]
    account.client("iam").attach_role_policy(RoleName="logs-mute", PolicyArn=BASIC)
    account.invoke("logs-mute")
    events = logs.filter_log_events(logGroupName="/aws/lambda/logs-mute")["events"]
    assert "order booked" in [event["message"] for event in events]


def test_a_stream_in_a_group_that_others_may_share_is_named_after_its_function(account: Account) -> None:
    account.function("streams-fn", account.role("streams-role", allow("logs:*")), SPEAKS)
    account.client("lambda").update_function_configuration(
        FunctionName="streams-fn", LoggingConfig={"LogFormat": "Text", "LogGroup": "/team/streams"}
    )
    account.invoke("streams-fn")
    (stream,) = account.client("logs").describe_log_streams(logGroupName="/team/streams")["logStreams"]
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/streams-fn\[\$LATEST\]\w+", stream["logStreamName"])


def test_a_run_is_found_in_its_log_by_the_id_that_its_caller_got(account: Account) -> None:
    role = account.role("ids-role", allow("logs:*"))
    account.function("ids-fn", role, "def handler(event, context):\n    return context.aws_request_id")
    answer = account.client("lambda").invoke(FunctionName="ids-fn")
    told = answer["ResponseMetadata"]["RequestId"]
    assert json.loads(answer["Payload"].read()) == told
    events = account.client("logs").filter_log_events(logGroupName="/aws/lambda/ids-fn")["events"]
    assert f"START RequestId: {told} Version: $LATEST" in [event["message"] for event in events]


def test_a_subscription_delivers_only_what_its_pattern_matches(account: Account) -> None:
    account.client("logs").create_log_group(logGroupName="/sub/test")
    account.client("sqs").create_queue(QueueName="sub-seen")
    source = """
import base64, gzip, json, boto3
def handler(event, context):
    batch = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="sub-seen")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps([e["message"] for e in batch["logEvents"]]))
"""
    arn = account.function("sub-taker", account.role("sub-taker", allow("sqs:*", "logs:*")), source)
    logs, functions = account.client("logs"), account.client("lambda")
    subscribe = partial(logs.put_subscription_filter, logGroupName="/sub/test", filterName="f", destinationArn=arn)
    with pytest.raises(logs.exceptions.InvalidParameterException, match="given CloudWatch Logs permission"):
        subscribe(filterPattern="x")
    functions.add_permission(
        FunctionName="sub-taker", StatementId="l", Action="lambda:InvokeFunction", Principal="logs.amazonaws.com"
    )
    logs.put_subscription_filter(
        logGroupName="/sub/test", filterName="f", filterPattern="?AccessDenied ?Unauthorized", destinationArn=arn
    )
    logs.create_log_stream(logGroupName="/sub/test", logStreamName="s")
    events = [{"timestamp": 1_790_000_000_000 + n, "message": m} for n, m in enumerate(("fine", "AccessDenied x"))]
    logs.put_log_events(logGroupName="/sub/test", logStreamName="s", logEvents=events)
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName="sub-seen")["QueueUrl"]
    got = until(lambda: sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages"))
    assert json.loads(got[0]["Body"]) == ["AccessDenied x"]


def test_a_rule_starts_only_a_function_that_invites_it(account: Account) -> None:
    role = account.role("invited", allow("logs:*"))
    for name in ("invited-yes", "invited-no"):
        arn = account.function(name, role, SPEAKS)
        pattern = json.dumps({"source": ["shop"]})
        rule = account.client("events").put_rule(Name=name, EventPattern=pattern)["RuleArn"]
        account.client("events").put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn}])
        given = {"Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com", "StatementId": "e"}
        source = rule if name == "invited-yes" else rule + "-other"
        account.client("lambda").add_permission(FunctionName=name, SourceArn=source, **given)
    account.client("events").put_events(Entries=[{"Source": "shop", "DetailType": "order", "Detail": "{}"}])
    groups = partial(account.client("logs").describe_log_groups, logGroupNamePrefix="/aws/lambda/invited-")
    found = until(lambda: groups()["logGroups"])
    assert [group["logGroupName"] for group in found] == ["/aws/lambda/invited-yes"]


def test_a_function_starts_only_under_a_role_that_trusts_lambda(account: Account) -> None:
    account.function("trusted-fn", account.role("trusted"), SPEAKS)
    assert account.invoke("trusted-fn") == "ok"
    iam, functions = account.client("iam"), account.client("lambda")
    trust = iam.get_role(RoleName="trusted")["Role"]["AssumeRolePolicyDocument"]
    trust["Statement"][0]["Condition"] = {"ArnLike": {"aws:SourceArn": "arn:aws:lambda:*:*:function:trusted-fn"}}
    iam.update_assume_role_policy(RoleName="trusted", PolicyDocument=json.dumps(trust))
    assert account.invoke("trusted-fn") == "ok"
    trust["Statement"][0]["Condition"]["ArnLike"]["aws:SourceArn"] += "-other"
    iam.update_assume_role_policy(RoleName="trusted", PolicyDocument=json.dumps(trust))
    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        functions.invoke(FunctionName="trusted-fn")


# ---------------------------------------------------------------- CloudTrail


@pytest.fixture(scope="module")
def trail(account: Account) -> Any:
    """Receives what the default bus delivers about refused calls."""
    sqs, events = account.client("sqs"), account.client("events")
    url = sqs.create_queue(QueueName="trail-seen")["QueueUrl"]
    arn = f"arn:aws:sqs:{account.lab.region}:{account.lab.account}:trail-seen"
    allowed = allow("sqs:SendMessage", on=arn) | {"Principal": {"Service": "events.amazonaws.com"}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    pattern = {"detail-type": ["AWS API Call via CloudTrail"], "detail": {"errorCode": [{"wildcard": "*Denied*"}]}}
    events.put_rule(Name="trail-test", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="trail-test", Targets=[{"Id": "1", "Arn": arn}])

    def seen(role: str) -> list[dict[str, Any]]:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=2).get("Messages", [])
        details = [json.loads(m["Body"])["detail"] for m in messages]
        return [d for d in details if f"assumed-role/{role}/" in d["userIdentity"]["arn"]]

    return seen


def test_a_denied_management_call_reaches_the_bus_and_the_history(account: Account, trail: Any) -> None:
    role = account.role("trail-denied")
    ssm = account.client("ssm", account.assume(role))
    message = refused(ssm.get_parameter, Name="/secret")
    [record] = until(lambda: trail("trail-denied"))
    assert record["errorCode"] == "AccessDenied"
    assert record["errorMessage"] == message
    assert (record["eventSource"], record["eventName"]) == ("ssm.amazonaws.com", "GetParameter")
    assert record["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] == role
    attributes = [{"AttributeKey": "EventId", "AttributeValue": record["eventID"]}]
    [kept] = account.client("cloudtrail").lookup_events(LookupAttributes=attributes)["Events"]
    assert json.loads(kept["CloudTrailEvent"]) == record


def test_a_denied_data_call_leaves_no_trail(account: Account, trail: Any) -> None:
    account.client("s3").create_bucket(Bucket="trail-bucket")
    role = account.role("trail-data")
    refused(account.client("s3", account.assume(role)).get_object, Bucket="trail-bucket", Key="k")
    assert trail("trail-data") == []


def names(account: Account, role: str) -> list[str]:
    attributes = [{"AttributeKey": "ResourceName", "AttributeValue": role}]
    events = account.client("cloudtrail").lookup_events(LookupAttributes=attributes)["Events"]
    return [event["EventName"] for event in events]


def test_a_change_is_found_by_the_role_that_it_touched() -> None:
    running, process = launch.start(trail_lag=0)
    account = Account(running)
    account.role("trail-changed")
    account.client("iam").put_role_policy(RoleName="trail-changed", PolicyName="p", PolicyDocument=POLICY)
    account.client("iam").delete_role_policy(RoleName="trail-changed", PolicyName="p")
    found = names(account, "trail-changed")
    newest = account.client("cloudtrail").lookup_events()["Events"][0]
    launch.stop(running, process)
    assert found == ["DeleteRolePolicy", "PutRolePolicy", "CreateRole"]
    assert json.loads(newest["CloudTrailEvent"])["requestParameters"] == {
        "roleName": "trail-changed",
        "policyName": "p",
    }


def test_a_change_reaches_the_bus_and_a_failed_one_does_not(account: Account) -> None:
    sqs, events, iam = account.client("sqs"), account.client("events"), account.client("iam")
    url = sqs.create_queue(QueueName="trail-changes")["QueueUrl"]
    arn = f"arn:aws:sqs:{account.lab.region}:{account.lab.account}:trail-changes"
    invited = allow("sqs:SendMessage", on=arn) | {"Principal": {"Service": "events.amazonaws.com"}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [invited]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    wanted = {"eventName": ["DeleteRolePolicy"], "errorCode": [{"exists": False}]}
    events.put_rule(Name="trail-changes", EventPattern=json.dumps({"source": ["aws.iam"], "detail": wanted}))
    events.put_targets(Rule="trail-changes", Targets=[{"Id": "1", "Arn": arn}])
    account.role("trail-bus", allow("sqs:*"))
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.delete_role_policy(RoleName="trail-bus", PolicyName="other")
    iam.delete_role_policy(RoleName="trail-bus", PolicyName="own")
    got = until(lambda: sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages"))
    asked = [json.loads(message["Body"])["detail"]["requestParameters"] for message in got]
    assert asked == [{"roleName": "trail-bus", "policyName": "own"}]


def test_a_change_shows_only_after_minutes(account: Account) -> None:
    account.role("trail-late")
    assert names(account, "trail-late") == []


# ---------------------------------------------------------------- what is there, and what is not


def test_the_managed_policies_are_those_of_aws(account: Account) -> None:
    iam = account.client("iam")
    arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    assert version == "v3"
    assert "ec2:DescribeSubnets" in document["Statement"][0]["Action"]
    assert iam.get_policy(PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaMSKExecutionRole")


def test_a_function_without_a_policy_has_none(account: Account) -> None:
    account.function("absent-policy", account.role("absent-role"), "def handler(e, c): pass")
    functions = account.client("lambda")
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_policy(FunctionName="absent-policy")
    functions.add_permission(
        FunctionName="absent-policy", StatementId="a", Action="lambda:InvokeFunction", Principal="sns.amazonaws.com"
    )
    assert "sns.amazonaws.com" in functions.get_policy(FunctionName="absent-policy")["Policy"]


def test_a_policy_that_does_not_exist_cannot_be_attached(account: Account) -> None:
    account.role("absent-target")
    iam = account.client("iam")
    with pytest.raises(iam.exceptions.NoSuchEntityException, match="does not exist or is not attachable"):
        iam.attach_role_policy(RoleName="absent-target", PolicyArn="arn:aws:iam::aws:policy/NoSuchThing")


# ---------------------------------------------------------------- what a function sees

LOOKS = """
import os, sys
def handler(event, context):
    try:
        import ministack
        other = True
    except ImportError:
        other = False
    return {"env": dict(os.environ), "home": os.path.expanduser("~"), "ministack": other}
"""


def test_a_function_sees_only_what_lambda_and_its_configuration_give(account: Account) -> None:
    account.function("workers-look", account.role("workers-look"), LOOKS, COLOUR="blue")
    seen = account.invoke("workers-look")
    assert seen["env"]["COLOUR"] == "blue"
    assert seen["env"]["AWS_ENDPOINT_URL"] == account.lab.endpoint
    assert seen["env"]["AWS_ACCESS_KEY_ID"] != account.lab.admin.access_key
    assert account.lab.admin.secret_key not in json.dumps(seen)
    assert not {"AUTH", "MINISTACK_ACCOUNT_ID", "SERVICES"} & set(seen["env"])
    assert not seen["ministack"]


def test_two_functions_do_not_share_a_home(account: Account) -> None:
    for name in ("workers-home-a", "workers-home-b"):
        account.function(name, account.role(name), LOOKS)
    assert account.invoke("workers-home-a")["home"] != account.invoke("workers-home-b")["home"]


@pytest.mark.parametrize(
    ("call", "action"),
    [
        ("get_function_event_invoke_config", "GetFunctionEventInvokeConfig"),
        ("get_function_configuration", "GetFunctionConfiguration"),
        ("get_function_concurrency", "GetFunctionConcurrency"),
        ("get_function", "GetFunction"),
        ("invoke", "InvokeFunction"),
        ("get_policy", "GetPolicy"),
        ("delete_function", "DeleteFunction"),
    ],
)
def test_a_lambda_call_is_judged_by_its_own_action(account: Account, call: str, action: str) -> None:
    functions = account.client("lambda", account.assume(account.role(f"action-{action}")))
    assert f"perform: lambda:{action} on" in refused(getattr(functions, call), FunctionName="no-such-function")


# ---------------------------------------------------------------- CloudFormation


def test_a_condition_may_join_a_list(account: Account) -> None:
    joined = {"Fn::Equals": [{"Fn::Join": ["", {"Ref": "Names"}]}, ""]}
    queue = {"Type": "AWS::SQS::Queue", "Condition": "None", "Properties": {}}
    body = json.dumps(
        {
            "Parameters": {"Names": {"Type": "CommaDelimitedList", "Default": ""}},
            "Conditions": {"None": joined},
            "Resources": {"Queue": queue, "Topic": {"Type": "AWS::SNS::Topic"}},
        }
    )
    cloudformation = account.client("cloudformation")
    assert _made(cloudformation, "joined-none", body, "") == 2
    assert _made(cloudformation, "joined-some", body, "a,b") == 1


def _made(cloudformation: Any, stack: str, body: str, names: str) -> int:
    given = [{"ParameterKey": "Names", "ParameterValue": names}]
    cloudformation.create_stack(StackName=stack, TemplateBody=body, Parameters=given)
    until(lambda: _complete(cloudformation, stack))
    return len(cloudformation.list_stack_resources(StackName=stack)["StackResourceSummaries"])


def _complete(cloudformation: Any, stack: str) -> bool:
    return str(cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]) == "CREATE_COMPLETE"
