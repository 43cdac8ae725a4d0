"""Every way in which configuration alone lets a function work, and the same broken in one known way."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.aws.region import ACCOUNT, BASIC, LOGS, TRUST, Region, Role, Statement, allow, arn, document

type Trait = Callable[[Region, str, bool], str]
"""Adds a function, whole or broken, and says which action the broken one lacks ("" for none)."""
OTHER = "999999999999"
ENI = ["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface"]
CLUSTER = [*ENI, "ec2:DescribeVpcs", "ec2:DescribeSubnets", "ec2:DescribeSecurityGroups"]
VPC = {"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"], "VpcId": "vpc-1"}}


def managed(region: Region, name: str, broken: bool) -> str:
    role = region.function(name)
    role.may, role.attached = [], [] if broken else [BASIC]
    return "logs:CreateLogStream"


def group_of_its_own(region: Region, name: str, broken: bool) -> str:
    role = region.function(name, LoggingConfig={"LogGroup": f"/shop/{name}"})
    region.groups.add(f"/shop/{name}")
    group = f"/aws/lambda/{name}" if broken else f"/shop/{name}"
    role.may = [allow("logs:CreateLogStream", "logs:PutLogEvents", on=f"{arn('logs', f'log-group:{group}')}:*")]
    return "logs:CreateLogStream"


def group_not_made_yet(region: Region, name: str, broken: bool) -> str:
    role = region.function(name)
    region.groups.discard(f"/aws/lambda/{name}")
    role.may = [allow(*(LOGS[1:] if broken else LOGS))]
    return "logs:CreateLogGroup"


def trust_for_its_account(region: Region, name: str, broken: bool) -> str:
    condition = {"StringEquals": {"aws:SourceAccount": OTHER if broken else ACCOUNT}}
    region.function(name).trust = TRUST | {"Condition": condition}
    return "sts:AssumeRole"


def trust(region: Region, name: str, broken: bool) -> str:
    region.function(name).trust = TRUST | ({"Principal": {"Service": "ec2.amazonaws.com"}} if broken else {})
    return "sts:AssumeRole"


def role_that_is_there(region: Region, name: str, broken: bool) -> str:
    region.function(name).there = not broken
    return "sts:AssumeRole"


def boundary(region: Region, name: str, broken: bool) -> str:
    ceiling = f"arn:aws:iam::{ACCOUNT}:policy/{name}-ceiling"
    region.managed[ceiling] = document(allow("s3:*" if broken else "logs:*"))
    region.function(name).boundary = ceiling
    return "logs:CreateLogStream"


def network(region: Region, name: str, broken: bool) -> str:
    """With the Deny that AWS recommends, so that the function's own code cannot use what Lambda needs."""
    role = region.function(name, **VPC)
    role.may += [] if broken else [allow(*ENI)]
    role.may.append(
        allow(*ENI, Condition={"ArnEquals": {"lambda:SourceFunctionArn": region.of(name)}}) | {"Effect": "Deny"}
    )
    return "ec2:CreateNetworkInterface"


def network_by_resource(region: Region, name: str, broken: bool) -> str:
    made = [arn("ec2", f"{kind}/*") for kind in ("network-interface", "subnet", "security-group")]
    may = [allow("ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", on=made), allow(ENI[1])]
    region.function(name, **VPC).may += may[:1] if broken else may
    return "ec2:DescribeNetworkInterfaces"


def network_reported(region: Region, name: str, broken: bool) -> str:
    region.function(name, **VPC).may.append(allow(*ENI))
    code = "InsufficientRolePermissions" if broken else "SubnetOutOfIPAddresses"
    region.states[name] = {"State": "Failed", "StateReasonCode": code}
    return "ec2:CreateNetworkInterface"


def key(region: Region, name: str, broken: bool) -> str:
    """The error beside the environment may be about our own right to decrypt: it is not believed."""
    named = arn("kms", f"key/{name}")
    region.keys[named] = "Enabled"
    region.function(name, KMSKeyArn=named)
    error = {"Environment": {"Error": {"ErrorCode": "AccessDeniedException", "Message": "kms:Decrypt"}}}
    region.states[name] = {**error, **({"StateReasonCode": "KMSKeyAccessDenied"} if broken else {})}
    return "kms:Decrypt"


def key_in_use(region: Region, name: str, broken: bool) -> str:
    named = arn("kms", f"key/{name}")
    region.keys[named] = "PendingDeletion" if broken else "Enabled"
    region.function(name, KMSKeyArn=named)
    return "kms:Decrypt"


def image(region: Region, name: str, broken: bool) -> str:
    region.function(name, PackageType="Image")
    region.states[name] = {"State": "Inactive", "StateReasonCode": "ImageAccessDenied" if broken else "Idle"}
    return "ecr:BatchGetImage"


def traced(region: Region, name: str, broken: bool) -> str:
    role = region.function(name, TracingConfig={"Mode": "Active"})
    role.may.append(allow("xray:PutTelemetryRecords", *([] if broken else ["xray:PutTraceSegments"])))
    return "xray:PutTraceSegments"


def disk(region: Region, name: str, broken: bool) -> str:
    """Without a policy of its own a file system admits everybody."""
    point = arn("elasticfilesystem", f"access-point/fsap-{name}")
    region.function(name, FileSystemConfigs=[{"Arn": point, "LocalMountPath": "/mnt/a"}])
    if broken:
        region.policies[f"fs-{name}"] = document(allow("elasticfilesystem:ClientMount", Principal={"AWS": OTHER}))
    return "elasticfilesystem:ClientMount"


# ---------------------------------------------------------------- fed


def _fed(region: Region, name: str, source: str, **more: Any) -> None:
    row = {"FunctionArn": region.of(name, "live"), "State": "Enabled", "LastProcessingResult": "OK", **more}
    region.mappings.append(row | ({"EventSourceArn": source} if source else {}))


def queue(region: Region, name: str, broken: bool) -> str:
    may = ["sqs:ReceiveMessage", "sqs:GetQueueAttributes", "sqs:DeleteMessage"]
    region.function(name).may.append(allow(*(may[:2] if broken else may), on=arn("sqs", name)))
    _fed(region, name, arn("sqs", name))
    return "sqs:DeleteMessage"


def queue_that_admits_the_role(region: Region, name: str, broken: bool) -> str:
    role, named = region.function(name), arn("sqs", name)
    role.may.append(allow("sqs:GetQueueAttributes", on=named))
    admits = allow("sqs:ReceiveMessage", "sqs:DeleteMessage", on=named, Principal={"AWS": role.arn})
    shut = allow("sqs:ReceiveMessage", on=named, Principal="*") | {"Effect": "Deny"}
    region.policies[name] = document(*([admits, shut] if broken else [admits]))
    _fed(region, name, named)
    return "sqs:ReceiveMessage"


def queue_reported(region: Region, name: str, broken: bool) -> str:
    region.function(name).may.append(allow("sqs:*", on=arn("sqs", name)))
    problem = "PROBLEM: Lambda does not have permission to decrypt the message"
    said = problem if broken else "PROBLEM: Function call failed"
    _fed(region, name, arn("sqs", name), LastProcessingResult=said)
    return "sqs:ReceiveMessage"


def queue_switched_off(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    _fed(region, name, arn("sqs", name), State="Enabled" if broken else "Disabled")
    return "sqs:ReceiveMessage"


def stream(region: Region, name: str, broken: bool) -> str:
    may = ["kinesis:DescribeStream", "kinesis:GetShardIterator", *([] if broken else ["kinesis:GetRecords"])]
    region.function(name).may.append(allow(*may, on=arn("kinesis", f"stream/{name}")))
    _fed(region, name, arn("kinesis", f"stream/{name}"))
    return "kinesis:GetRecords"


def table(region: Region, name: str, broken: bool) -> str:
    on = arn("dynamodb", f"table/{name}" + ("" if broken else "/stream/*"))
    region.function(name).may.append(allow("dynamodb:*", on=on))
    _fed(region, name, arn("dynamodb", f"table/{name}/stream/2026-01-01T00:00:00.000"))
    return "dynamodb:DescribeStream"


def msk(region: Region, name: str, broken: bool) -> str:
    may = ["kafka:DescribeClusterV2", *CLUSTER, *([] if broken else ["kafka:GetBootstrapBrokers"])]
    region.function(name).may.append(allow(*may))
    _fed(region, name, arn("kafka", f"cluster/{name}/1"), Topics=["orders"])
    return "kafka:GetBootstrapBrokers"


MSK = ["kafka:DescribeClusterV2", "kafka:GetBootstrapBrokers", *CLUSTER]


def _signed_in(region: Region, name: str, kind: str, **described: Any) -> dict[str, str]:
    """A mapping of a cluster into which one signs in by IAM; ARNs of the cluster, its topic and the consumer group."""
    region.clusters[arn("kafka", f"cluster/{name}/1")] = {"ClusterType": kind, **described}
    group = {"AmazonManagedKafkaEventSourceConfig": {"ConsumerGroupId": "shop"}}
    _fed(region, name, arn("kafka", f"cluster/{name}/1"), Topics=["orders"], **group)
    tails = {"cluster": "", "topic": "/orders", "group": "/shop"}
    return {what: arn("kafka", f"{what}/{name}/1{tail}") for what, tail in tails.items()}


def msk_by_iam(region: Region, name: str, broken: bool) -> str:
    """What the managed policy holds, and what signs in: the topic's data is what lacks."""
    named = _signed_in(region, name, "PROVISIONED", Provisioned=_provisioned(iam=True))
    region.function(name).may += [
        allow(*MSK),
        allow("kafka-cluster:Connect", "kafka-cluster:DescribeClusterDynamicConfiguration", on=named["cluster"]),
        allow("kafka-cluster:DescribeGroup", "kafka-cluster:AlterGroup", on=named["group"]),
        allow("kafka-cluster:DescribeTopic", *([] if broken else ["kafka-cluster:ReadData"]), on=named["topic"]),
    ]
    return "kafka-cluster:ReadData"


def msk_by_cluster_policy(region: Region, name: str, broken: bool) -> str:
    """A cluster's own policy speaks for its topics and groups as well; serverless ones know IAM alone."""
    role = region.function(name)
    named = _signed_in(region, name, "SERVERLESS")
    role.may.append(allow(*MSK))
    if not broken:
        statement = allow("kafka-cluster:*", on=list(named.values()), Principal={"AWS": role.arn})
        region.policies[named["cluster"]] = document(statement)
    return "kafka-cluster:Connect"


def msk_unauthenticated(region: Region, name: str, broken: bool) -> str:
    _signed_in(region, name, "PROVISIONED", Provisioned=_provisioned(iam=broken))
    region.function(name).may.append(allow(*MSK))
    return "kafka-cluster:Connect"


def _provisioned(*, iam: bool) -> dict[str, Any]:
    nodes = {"ClientSubnets": ["subnet-1"], "InstanceType": "kafka.m7g.large"}
    return {
        "BrokerNodeGroupInfo": nodes,
        "NumberOfBrokerNodes": 3,
        "ClientAuthentication": {"Sasl": {"Iam": {"Enabled": iam}}},
    }


def own_kafka(region: Region, name: str, broken: bool) -> str:
    secret = arn("secretsmanager", f"secret:{name}-AbCdEf")
    region.function(name).may += [allow(*CLUSTER), *([] if broken else [allow("secretsmanager:*", on=secret)])]
    access = [{"Type": "VPC_SUBNET", "URI": "subnet:subnet-1"}, {"Type": "SASL_SCRAM_512_AUTH", "URI": secret}]
    _fed(region, name, "", SourceAccessConfigurations=access, Topics=["orders"])
    return "secretsmanager:GetSecretValue"


def broker(region: Region, name: str, broken: bool) -> str:
    region.function(name).may += [] if broken else [allow("mq:DescribeBroker")]
    _fed(region, name, arn("mq", f"broker:{name}:b-1"), Queues=["orders"])
    return "mq:DescribeBroker"


def failed_batches(region: Region, name: str, broken: bool) -> str:
    region.function(name).may += [allow("kinesis:*"), *([] if broken else [allow("sqs:SendMessage")])]
    to = {"OnFailure": {"Destination": arn("sqs", f"{name}-failed")}}
    _fed(region, name, arn("kinesis", f"stream/{name}"), DestinationConfig=to)
    return "sqs:SendMessage"


def encrypted_queue(region: Region, name: str, broken: bool) -> str:
    """The role reads the queue, and lacks the key alone; one that its service may not use is not enough."""
    role, named = region.function(name), arn("sqs", name)
    used = region.key(name, name, alias=f"alias/{name}")
    via = {"Condition": {"StringEquals": {"kms:ViaService": f"{'s3' if broken else 'sqs'}.eu-west-1.amazonaws.com"}}}
    role.may += [allow("sqs:*", on=named), allow("kms:Decrypt", on=used, **via)]
    _fed(region, name, named)
    return "sqs:ReceiveMessage"


def encrypted_queue_by_grant(region: Region, name: str, broken: bool) -> str:
    role, named = region.function(name), arn("sqs", name)
    used = region.key(name, name)
    role.may.append(allow("sqs:*", on=named))
    operations = ["Encrypt"] if broken else ["Decrypt", "Encrypt"]
    region.grants[used] = [{"GranteePrincipal": role.arn, "Operations": operations, "KeyId": used}]
    _fed(region, name, named)
    return "sqs:ReceiveMessage"


def encrypted_queue_by_key_policy(region: Region, name: str, broken: bool) -> str:
    role, named = region.function(name), arn("sqs", name)
    whom = f"{role.arn}-2" if broken else role.arn
    region.key(name, name, allow("kms:Decrypt", Principal={"AWS": whom}))
    role.may.append(allow("sqs:*", on=named))
    _fed(region, name, named)
    return "sqs:ReceiveMessage"


def encrypted_stream(region: Region, name: str, broken: bool) -> str:
    named = arn("kinesis", f"stream/{name}")
    used = region.key(name, named)
    region.function(name).may += [allow("kinesis:*", on=named), *([] if broken else [allow("kms:Decrypt", on=used)])]
    _fed(region, name, named)
    return "kinesis:GetRecords"


def encrypted_sign_in(region: Region, name: str, broken: bool) -> str:
    """A secret with which a poller signs in."""
    secret = arn("secretsmanager", f"secret:{name}-AbCdEf")
    used = region.key(name, secret)
    reads = [allow("mq:DescribeBroker"), allow("secretsmanager:GetSecretValue", on=secret)]
    region.function(name).may += [*reads, *([] if broken else [allow("kms:Decrypt", on=used)])]
    access = [{"Type": "BASIC_AUTH", "URI": secret}]
    _fed(region, name, arn("mq", f"broker:{name}:b-1"), Queues=["orders"], SourceAccessConfigurations=access)
    return "secretsmanager:GetSecretValue"


# ---------------------------------------------------------------- delivers


def encrypted_dead_letters(region: Region, name: str, broken: bool) -> str:
    named = arn("sqs", f"{name}-dead")
    used = region.key(name, f"{name}-dead")
    may = ("kms:GenerateDataKey",) if broken else ("kms:GenerateDataKey", "kms:Decrypt")
    region.function(name, DeadLetterConfig={"TargetArn": named}).may += [allow("sqs:*"), allow(*may, on=used)]
    return "sqs:SendMessage"


def encrypted_topic(region: Region, name: str, broken: bool) -> str:
    """AWS's own key lets in whoever may use the service."""
    named = arn("sns", name)
    region.function(name).may.append(allow("sns:Publish", on=named))
    region.ends[name] = {"OnSuccess": {"Destination": named}}
    region.encrypted[named] = "alias/aws/sns"
    if broken:
        region.key(name, named)
    return "sns:Publish"


def destinations(region: Region, name: str, broken: bool) -> str:
    """Every topic is made with a policy that lets its owner's services publish, and no role."""
    region.function(name).may.append(allow("sqs:SendMessage", *([] if broken else ["sns:Publish"])))
    owner = {"Condition": {"StringEquals": {"AWS:SourceOwner": ACCOUNT}}, "Principal": {"AWS": "*"}}
    region.policies[arn("sns", name)] = document(allow("sns:Publish", on=arn("sns", name), **owner))
    region.ends[name] = {
        "OnSuccess": {"Destination": arn("sns", name)},
        "OnFailure": {"Destination": arn("sqs", f"{name}-failed")},
    }
    return "sns:Publish"


def bucket_destination(region: Region, name: str, broken: bool) -> str:
    on = f"arn:aws:s3:::{name}" + ("" if broken else "/aws/lambda/*")
    region.function(name).may.append(allow("s3:PutObject", "s3:ListBucket", on=on))
    region.ends[name] = {"OnFailure": {"Destination": f"arn:aws:s3:::{name}"}}
    return "s3:PutObject"


def encrypted_bucket_destination(region: Region, name: str, broken: bool) -> str:
    """A small record is put in one part: nothing is decrypted for it."""
    used = region.key(name, name)
    may = [allow("s3:PutObject", on=f"arn:aws:s3:::{name}/*"), allow("kms:GenerateDataKey", on=used)]
    region.function(name).may += may[:1] if broken else may
    region.ends[name] = {"OnFailure": {"Destination": f"arn:aws:s3:::{name}"}}
    return "s3:PutObject"


def bus_and_function(region: Region, name: str, broken: bool) -> str:
    region.function(name).may.append(allow("lambda:InvokeFunction", *([] if broken else ["events:PutEvents"])))
    region.ends[name] = {
        "OnSuccess": {"Destination": arn("events", "event-bus/default")},
        "OnFailure": {"Destination": arn("lambda", "function:mender")},
    }
    return "events:PutEvents"


def dead_letters(region: Region, name: str, broken: bool) -> str:
    """The queue admits the role, whose own policies do not name it."""
    named = arn("sqs", f"{name}-dead")
    role = region.function(name, DeadLetterConfig={"TargetArn": named})
    if not broken:
        region.policies[f"{name}-dead"] = document(allow("sqs:SendMessage", on=named, Principal={"AWS": role.arn}))
    return "sqs:SendMessage"


# ---------------------------------------------------------------- started

INVOKE = "lambda:InvokeFunction"


def _rule(region: Region, name: str, target: str) -> str:
    region.rules[name] = ("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", [{"Id": "1", "Arn": target}])
    return arn("events", f"rule/{name}")


def rule(region: Region, name: str, broken: bool) -> str:
    """EventBridge sends no account, and a permission that asks for one never matches."""
    region.function(name)
    source = _rule(region, name, region.of(name))
    account = ("AWS:SourceAccount", ACCOUNT) if broken else ()
    region.admit(name, "events", ArnLike=("AWS:SourceArn", source), StringEquals=account)
    return INVOKE


def rule_on_an_alias(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    source = _rule(region, name, region.of(name, "live"))
    region.admit(name, "events", "" if broken else "live", ArnLike=("AWS:SourceArn", source))
    return INVOKE


def rule_switched_off(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    _rule(region, name, region.of(name))
    if not broken:
        region.rules[name] = ("DISABLED", region.rules[name][1])
    return INVOKE


def bucket(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    region.buckets[name] = region.of(name)
    account = ("AWS:SourceAccount", OTHER if broken else ACCOUNT)
    region.admit(name, "s3", ArnLike=("AWS:SourceArn", f"arn:aws:s3:::{name}"), StringEquals=account)
    return INVOKE


def topic(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    region.topics[arn("sns", name)] = region.of(name)
    region.admit(name, "sns", ArnLike=("AWS:SourceArn", arn("sns", "elsewhere" if broken else name)))
    return INVOKE


def topic_and_account(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    region.topics[arn("sns", name)] = region.of(name)
    account = ("AWS:SourceAccount", OTHER if broken else ACCOUNT)
    region.admit(name, "sns", StringEquals=account)
    return INVOKE


def log_filter(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    region.groups.add(f"/shop/{name}")
    region.filters[f"/shop/{name}"] = region.of(name)
    of = "other" if broken else name
    region.admit(name, "logs", ArnLike=("AWS:SourceArn", arn("logs", f"log-group:/shop/{of}:*")))
    return INVOKE


def rest_api(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    uri = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{region.of(name)}/invocations"
    methods = {method: {"methodIntegration": {"uri": uri}} for method in ("GET", "POST")}
    region.rest[name] = {"path": "/orders/{id}", "resourceMethods": methods}
    for method in ("GET",) if broken else ("GET", "POST"):
        region.admit(name, "apigateway", ArnLike=("AWS:SourceArn", arn("execute-api", f"{name}/*/{method}/orders/*")))
    return INVOKE


def rest_api_of_another_account(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    uri = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{region.of(name)}/invocations"
    region.rest[name] = {"path": "/", "resourceMethods": {"ANY": {"methodIntegration": {"uri": uri}}}}
    account = OTHER if broken else ACCOUNT
    region.admit(name, "apigateway", ArnLike=("AWS:SourceArn", arn("execute-api", f"{name}/*/*/", account)))
    return INVOKE


def http_api(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    region.http[name] = {
        "integration": {"IntegrationId": "i", "IntegrationUri": region.of(name)},
        "routes": [{"RouteKey": key, "Target": "integrations/i"} for key in ("GET /orders", "$default")],
    }
    tails = ("*/GET/orders",) if broken else ("*/GET/orders", "*/$default")
    for tail in tails:
        region.admit(name, "apigateway", ArnLike=("AWS:SourceArn", arn("execute-api", f"{name}/{tail}")))
    return INVOKE


def authorizer(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    uri = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{region.of(name)}/invocations"
    region.http[name] = {
        "integration": {"IntegrationId": "i", "IntegrationUri": "https://example.com"},
        "routes": [],
        "authorizers": [{"AuthorizerId": "a1", "AuthorizerUri": uri, "Name": "a"}],
    }
    which = "a2" if broken else "a1"
    region.admit(name, "apigateway", ArnLike=("AWS:SourceArn", arn("execute-api", f"{name}/authorizers/{which}")))
    return INVOKE


def _url(region: Region, name: str, made: str, auth: str = "NONE") -> None:
    times = {"CreationTime": made, "LastModifiedTime": made}
    url = {"FunctionUrl": f"https://{name:x>40}.example", "FunctionArn": region.of(name), "AuthType": auth, **times}
    region.urls[name] = [url]


def old_url(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    _url(region, name, "2024-03-01T08:00:00.000+0000")
    auth = ("lambda:FunctionUrlAuthType", "AWS_IAM" if broken else "NONE")
    region.admit(name, "*", action="lambda:InvokeFunctionUrl", StringEquals=auth)
    return "lambda:InvokeFunctionUrl"


def new_url(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    _url(region, name, "2026-03-01T08:00:00.000Z")
    region.admit(name, "*", action="lambda:InvokeFunctionUrl", StringEquals=("lambda:FunctionUrlAuthType", "NONE"))
    if not broken:
        region.admit(name, "*", Bool=("lambda:InvokedViaFunctionUrl", "true"))
    return INVOKE


def url_for_callers_with_a_role(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    _url(region, name, "2026-03-01T08:00:00.000Z", "NONE" if broken else "AWS_IAM")
    return "lambda:InvokeFunctionUrl"


def _caller(region: Region, name: str, may: list[Statement]) -> str:
    role = Role(f"arn:aws:iam::{ACCOUNT}:role/callers/{name}", may)
    region.roles[role.arn] = role
    return role.arn


def schedule(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    may = [allow(INVOKE, on=region.of("other" if broken else name))]
    region.schedules[name] = {"Arn": region.of(name), "RoleArn": _caller(region, name, may)}
    return INVOKE


def schedule_by_the_functions_policy(region: Region, name: str, broken: bool) -> str:
    """A role of the same account may be admitted by the function instead of by its own policies."""
    region.function(name)
    role = _caller(region, name, [allow("logs:PutLogEvents")])
    region.schedules[name] = {"Arn": region.of(name), "RoleArn": role}
    if not broken:
        statement = {"Effect": "Allow", "Principal": {"AWS": role}, "Action": INVOKE, "Resource": region.of(name)}
        region.own[region.of(name)] = [statement]
    return INVOKE


def state_machine(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    caller = _caller(region, name, [allow(INVOKE, on=[region.of(name), f"{region.of(name)}:*"][: 1 if broken else 2])])
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": region.of(name, "live")},
        "End": True,
    }
    region.machines[arn("states", f"stateMachine:{name}")] = (
        caller,
        json.dumps({"StartAt": "a", "States": {"a": task}}),
    )
    return INVOKE


def state_machine_by_name(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    caller = _caller(region, name, [] if broken else [allow(INVOKE, on=region.of(name))])
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": name}}
    region.machines[arn("states", f"stateMachine:{name}")] = (
        caller,
        json.dumps({"StartAt": "a", "States": {"a": task}}),
    )
    return INVOKE


def _admitted(region: Region, name: str, service: str, source: str, broken: bool) -> str:
    """What AWS's own pages tell to add: the source by name, and its account."""
    account = ("AWS:SourceAccount", ACCOUNT)
    region.admit(name, service, ArnLike=("AWS:SourceArn", f"{source}{'-2' if broken else ''}"), StringEquals=account)
    return INVOKE


def balancer(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    group = arn("elasticloadbalancing", f"targetgroup/{name}/1")
    region.target_groups[group] = region.of(name, "live")
    qualifier = "" if broken else "live"
    region.admit(name, "elasticloadbalancing", qualifier, ArnLike=("AWS:SourceArn", group))
    return INVOKE


def lattice(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    group = f"tg-{len(region.lattice):017}"
    region.lattice[group] = region.of(name)
    named = arn("vpc-lattice", f"targetgroup/{'tg-other' if broken else group}")
    region.admit(name, "vpc-lattice", ArnLike=("AWS:SourceArn", named))
    return INVOKE


def user_pool(region: Region, name: str, broken: bool) -> str:
    """One function for two of a pool's triggers is let in once."""
    region.function(name)
    sender = {"LambdaVersion": "V1_0", "LambdaArn": region.of(name)}
    region.pools[f"eu-west-1_{name}"] = {
        "PreSignUp": region.of(name),
        "CustomEmailSender": sender,
        "KMSKeyID": arn("kms", "key/1"),
    }
    return _admitted(region, name, "cognito-idp", arn("cognito-idp", f"userpool/eu-west-1_{name}"), broken)


def config_rule(region: Region, name: str, broken: bool) -> str:
    """AWS's page lets it in for its account alone, and names no rule."""
    region.function(name)
    rule = arn("config", f"config-rule/config-rule-{name}")
    region.config_rules[rule] = {"Owner": "CUSTOM_LAMBDA", "SourceIdentifier": region.of(name)}
    region.config_rules[f"{rule}-aws"] = {"Owner": "AWS", "SourceIdentifier": "REQUIRED_TAGS"}
    region.admit(name, "config", StringEquals=("AWS:SourceAccount", OTHER if broken else ACCOUNT))
    return INVOKE


def topic_rule(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    action = {"lambda": {"functionArn": region.of(name)}}
    region.iot_rules[name] = {"actions": [{"republish": {"roleArn": "r", "topic": "t"}}], "errorAction": action}
    return _admitted(region, name, "iot", arn("iot", f"rule/{name}"), broken)


def rotation(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    named = arn("secretsmanager", f"secret:{name}-AbCdEf")
    region.rotations[named] = {"RotationEnabled": True, "RotationLambdaARN": region.of(name)}
    region.admit(name, "secretsmanager", StringEquals=("AWS:SourceAccount", OTHER if broken else ACCOUNT))
    return INVOKE


def rotation_switched_off(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    named = arn("secretsmanager", f"secret:{name}-AbCdEf")
    region.rotations[named] = {"RotationEnabled": broken, "RotationLambdaARN": region.of(name)}
    return INVOKE


def bot(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    hook = {"lambdaARN": region.of(name), "codeHookInterfaceVersion": "1.0"}
    identity = f"B{len(region.bots):09}"
    region.bots[identity] = {"enabled": True, "codeHookSpecification": {"lambdaCodeHook": hook}}
    return _admitted(region, name, "lexv2", arn("lex", f"bot-alias/{identity}/TSTALIASID"), broken)


def pipe(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    may = [allow(INVOKE, on=region.of("other" if broken else name)), allow("sqs:*", on=arn("sqs", name))]
    caller = _caller(region, name, may)
    target = arn("sqs", f"{name}-out")
    region.pipes[name] = {
        "RoleArn": caller,
        "Source": arn("sqs", name),
        "Target": target,
        "Enrichment": region.of(name),
    }
    return INVOKE


def pipe_that_reads(region: Region, name: str, broken: bool) -> str:
    """A queue may admit the pipe's role itself."""
    region.function(name)
    caller = _caller(region, name, [allow(INVOKE, on=region.of(name)), allow("sqs:DeleteMessage")])
    region.pipes[name] = {"RoleArn": caller, "Source": arn("sqs", name), "Target": region.of(name)}
    may = ["sqs:GetQueueAttributes", *([] if broken else ["sqs:ReceiveMessage"])]
    region.policies[name] = document(allow(*may, on=arn("sqs", name), Principal={"AWS": caller}))
    return "sqs:ReceiveMessage"


def pipe_that_stands_still(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    state = "RUNNING" if broken else "STOPPED"
    caller = _caller(region, name, [allow("logs:PutLogEvents")])
    region.pipes[name] = {"RoleArn": caller, "Target": region.of(name), "DesiredState": state}
    return INVOKE


def pipeline(region: Region, name: str, broken: bool) -> str:
    """An action with a role of its own calls under that."""
    region.function(name)
    own = _caller(
        region, name, [allow("lambda:ListFunctions"), *([] if broken else [allow(INVOKE, on=region.of(name))])]
    )
    whole = _caller(region, f"{name}-pipeline", [allow(INVOKE)] if broken else [])
    action = {
        "name": "smoke",
        "actionTypeId": {"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"},
        "configuration": {"FunctionName": name},
        "roleArn": own,
    }
    stages = [{"name": "Test", "actions": [action]}]
    region.pipelines[name] = {"name": name, "roleArn": whole, "stages": stages}
    return INVOKE


def _transformed(region: Region, name: str, version: str, **of_the_destination: Any) -> None:
    given = {"LambdaArn": region.of(name, version), **of_the_destination.pop("given", {})}
    parameters = [{"ParameterName": key, "ParameterValue": value} for key, value in given.items()]
    processing = {"Enabled": True, "Processors": [{"Type": "Lambda", "Parameters": parameters}]}
    region.streams[name] = {
        of_the_destination.pop("kind"): {"ProcessingConfiguration": processing, **of_the_destination}
    }


STORED = {
    "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 60},
    "CompressionFormat": "GZIP",
    "EncryptionConfiguration": {},
}


def firehose(region: Region, name: str, broken: bool) -> str:
    """The console writes `$LATEST`, and a policy for the bare name may well be enough."""
    region.function(name)
    caller = _caller(region, name, [allow(INVOKE, on=region.of("other" if broken else name))])
    kept = {"BucketARN": "arn:aws:s3:::lake", "RoleARN": caller, **STORED}
    _transformed(region, name, "$LATEST", kind="ExtendedS3DestinationDescription", **kept)
    return INVOKE


def firehose_under_the_processors_role(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    own = _caller(region, name, [] if broken else [allow(INVOKE, on=f"{region.of(name)}:*")])
    kept = {"RoleARN": _caller(region, f"{name}-kept", []), "BucketARN": "arn:aws:s3:::lake", **STORED}
    destination = {"HECEndpoint": "https://example.com", "S3DestinationDescription": kept}
    _transformed(region, name, "7", kind="SplunkDestinationDescription", given={"RoleArn": own}, **destination)
    return INVOKE


def firehose_that_does_not_transform(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    kept = {"BucketARN": "arn:aws:s3:::lake", "RoleARN": _caller(region, name, []), **STORED}
    _transformed(region, name, "1", kind="ExtendedS3DestinationDescription", **kept)
    region.streams[name]["ExtendedS3DestinationDescription"]["ProcessingConfiguration"]["Enabled"] = broken
    return INVOKE


def data_source(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    caller = _caller(region, name, [allow(INVOKE, on=region.of("other" if broken else name))])
    named = arn("appsync", f"apis/{name}/datasources/orders")
    config = {"lambdaFunctionArn": region.of(name)}
    region.data_sources[name] = {
        "dataSourceArn": named,
        "name": "orders",
        "type": "AWS_LAMBDA",
        "serviceRoleArn": caller,
        "lambdaConfig": config,
    }
    return INVOKE


def iot_authorizer(region: Region, name: str, broken: bool) -> str:
    """AWS's page names the authorizer, and no account."""
    region.function(name)
    region.authorizers[name] = region.of(name)
    named = arn("iot", f"authorizer/{'other' if broken else name}")
    region.admit(name, "iot", ArnLike=("AWS:SourceArn", named))
    return INVOKE


def receipt_rule(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    actions = [{"S3Action": {"BucketName": "mail"}}, {"LambdaAction": {"FunctionArn": region.of(name)}}]
    region.receipt_rules += [
        {"Name": name, "Enabled": True, "Actions": actions},
        {"Name": f"{name}-off", "Enabled": False, "Actions": actions},
    ]
    return _admitted(region, name, "ses", arn("ses", f"receipt-rule-set/mail:receipt-rule/{name}"), broken)


def agent(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    identity = f"A{len(region.agents):09}"
    region.agents[identity] = {"actionGroupExecutor": {"lambda": region.of(name)}}
    return _admitted(region, name, "bedrock", arn("bedrock", f"agent/{identity}"), broken)


def agent_that_leaves_the_call_to_others(region: Region, name: str, broken: bool) -> str:
    region.function(name)
    executor = {"lambda": region.of(name)} if broken else {"customControl": "RETURN_CONTROL"}
    region.agents[f"A{len(region.agents):09}"] = {"actionGroupExecutor": executor}
    return INVOKE


TRAITS: Mapping[str, Trait] = {
    name: made
    for name, made in list(globals().items())
    if callable(made) and getattr(made, "__module__", "") == __name__ and not name.startswith("_")
}
"""All of the above by name."""


def region(functions: int, *, broken: bool) -> tuple[Region, set[tuple[str, str]]]:
    """A Region of so many functions, and (function, action) of what is broken in it."""
    made, wanted = Region(), set()
    for number in range(functions):
        trait = list(TRAITS)[number % len(TRAITS)]
        name = f"{trait.replace('_', '-')}-{number}"
        wanted.add((name, TRAITS[trait](made, name, broken)))
    return made, wanted if broken else set()
