"""A Region in memory that a test fills function by function; AWS answers about it with checked shapes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.aws.answers import Answer, Answers, Refusal, Reply

ACCOUNT, NAME = "111122223333", "eu-west-1"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NOT_THERE = Refusal("ResourceNotFoundException", "not there", 404)
LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
type Statement = dict[str, Any]


def allow(*actions: str, on: str | list[str] = "*", **more: Any) -> Statement:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}


def document(*statements: Statement) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def arn(service: str, rest: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:{service}:{NAME}:{account}:{rest}"


TRUST: Statement = {
    "Effect": "Allow",
    "Principal": {"Service": ["edgelambda.amazonaws.com", "lambda.amazonaws.com"]},
    "Action": "sts:AssumeRole",
}


@dataclass
class Role:
    arn: str
    may: list[Statement] = field(default_factory=list)
    trust: Statement = field(default_factory=lambda: TRUST)
    attached: list[str] = field(default_factory=list)
    boundary: str | None = None
    there: bool = True


@dataclass
class Region:
    """What there is; a function's name is the only thing that its parts share."""

    functions: dict[str, dict[str, Any]] = field(default_factory=dict)
    states: dict[str, dict[str, Any]] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    managed: dict[str, str] = field(default_factory=lambda: {BASIC: document(allow(*LOGS))})
    groups: set[str] = field(default_factory=set)
    own: dict[str, list[Statement]] = field(default_factory=dict)
    """Qualified function ARN → the statements of its policy."""
    mappings: list[dict[str, Any]] = field(default_factory=list)
    ends: dict[str, dict[str, Any]] = field(default_factory=dict)
    urls: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    rules: dict[str, tuple[str, list[dict[str, Any]]]] = field(default_factory=dict)
    buckets: dict[str, str] = field(default_factory=dict)
    topics: dict[str, str] = field(default_factory=dict)
    filters: dict[str, str] = field(default_factory=dict)
    rest: dict[str, dict[str, Any]] = field(default_factory=dict)
    http: dict[str, dict[str, Any]] = field(default_factory=dict)
    schedules: dict[str, dict[str, Any]] = field(default_factory=dict)
    machines: dict[str, tuple[str, str]] = field(default_factory=dict)
    target_groups: dict[str, str] = field(default_factory=dict)
    pools: dict[str, dict[str, Any]] = field(default_factory=dict)
    config_rules: dict[str, dict[str, Any]] = field(default_factory=dict)
    iot_rules: dict[str, dict[str, Any]] = field(default_factory=dict)
    rotations: dict[str, dict[str, Any]] = field(default_factory=dict)
    bots: dict[str, dict[str, Any]] = field(default_factory=dict)
    pipes: dict[str, dict[str, Any]] = field(default_factory=dict)
    pipelines: dict[str, dict[str, Any]] = field(default_factory=dict)
    streams: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Name of a Firehose stream → what is told of its destination."""
    data_sources: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Id of an AppSync API → its one data source."""
    authorizers: dict[str, str] = field(default_factory=dict)
    receipt_rules: list[dict[str, Any]] = field(default_factory=list)
    lattice: dict[str, str] = field(default_factory=dict)
    """Id of a VPC Lattice target group → what is registered with it."""
    agents: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Id of a Bedrock agent → the one action group of version 1, to which its alias leads."""
    instances: dict[str, list[str]] = field(default_factory=dict)
    distributions: dict[str, tuple[str, bool]] = field(default_factory=dict)
    """Id of a CloudFront distribution → version of a function that it runs, and whether it is on."""
    encrypted: dict[str, str] = field(default_factory=dict)
    """Queue URL's name, topic, stream or secret ARN → the key as it names it."""
    aliases: dict[str, str] = field(default_factory=dict)
    clusters: dict[str, dict[str, Any]] = field(default_factory=dict)
    key_policies: dict[str, str] = field(default_factory=dict)
    grants: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    policies: dict[str, str] = field(default_factory=dict)
    """Queue URL's name, topic ARN, bucket, secret ARN, file system id … → its policy."""

    def function(self, name: str, **config: Any) -> Role:
        """A function with a role of its own that may log; its log group is there."""
        role = Role(f"arn:aws:iam::{ACCOUNT}:role/app/{name}-role", [allow(*LOGS)])
        self.roles[role.arn] = role
        self.functions[name] = {"FunctionName": name, "FunctionArn": self.of(name), "Role": role.arn, **config}
        self.groups.add(f"/aws/lambda/{name}")
        return role

    def of(self, name: str, qualifier: str = "") -> str:
        return arn("lambda", f"function:{name}" + (f":{qualifier}" if qualifier else ""))

    def admit(self, name: str, service: str, qualifier: str = "", **conditions: Any) -> None:
        """What AddPermission writes."""
        target = self.of(name, qualifier)
        principal: Any = "*" if service == "*" else {"Service": f"{service}.amazonaws.com"}
        action = conditions.pop("action", "lambda:InvokeFunction")
        statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": target}
        given = {op: dict([pair]) for op, pair in conditions.items() if pair}
        self.own.setdefault(target, []).append(statement | ({"Condition": given} if given else {}))

    # ------------------------------------------------------------ as AWS answers

    def answers(self, page: int = 50) -> Answers:
        return Answers({**self._lambda(page), **self._iam(), **self._sources(), **self._targets()})

    def _lambda(self, page: int) -> dict[str, Reply]:
        rows = list(self.functions.values())

        def listed(params: Mapping[str, Any]) -> dict[str, Any]:
            start = int(params.get("Marker", 0))
            more = {"NextMarker": str(start + page)} if start + page < len(rows) else {}
            return {"Functions": rows[start : start + page], **more}

        def policy(params: Mapping[str, Any]) -> Any:
            qualifier = params.get("Qualifier") or ":".join(str(params["FunctionName"]).split(":")[7:])
            target = self.of(_name(params), qualifier)
            return {"Policy": document(*self.own[target])} if target in self.own else NOT_THERE

        return {
            "lambda:ListFunctions": listed,
            "lambda:GetFunctionConfiguration": lambda p: self._whole(p["FunctionName"]),
            "lambda:GetPolicy": policy,
            "lambda:ListFunctionEventInvokeConfigs": lambda p: {
                "FunctionEventInvokeConfigs": [{"DestinationConfig": self.ends[_name(p)]}]
                if _name(p) in self.ends
                else []
            },
            "lambda:ListFunctionUrlConfigs": lambda p: {"FunctionUrlConfigs": self.urls.get(_name(p), [])},
            "lambda:ListTags": lambda p: {"Tags": self.tags.get(str(p["Resource"]).split(":")[6], {})},
            "lambda:ListEventSourceMappings": {"EventSourceMappings": self.mappings},
            "logs:DescribeLogGroups": {
                "logGroups": [{"logGroupName": g, "arn": _group(g)} for g in sorted(self.groups)]
            },
        }

    def around(self) -> dict[str, Reply]:
        """What a diagnosis asks for besides."""
        return {
            "lambda:GetFunctionEventInvokeConfig": lambda p: (
                {"DestinationConfig": self.ends[p["FunctionName"]]} if p["FunctionName"] in self.ends else NOT_THERE
            ),
            **self.asked_one_by_one(),
            "organizations:DescribeOrganization": Refusal("AWSOrganizationsNotInUseException", "not in use", 400),
        }

    def asked_one_by_one(self) -> dict[str, Reply]:
        """Each trigger by itself, for which the sweep has lists; what is gone is told as its service tells it."""
        return {
            "events:DescribeRule": lambda p: (
                {"Name": p["Name"], "State": self.rules[p["Name"]][0]} if p["Name"] in self.rules else NOT_THERE
            ),
            "s3:GetBucketNotificationConfiguration": self._there(
                self.buckets, "Bucket", "s3:GetBucketNotificationConfiguration", "NoSuchBucket"
            ),
            "sns:ListSubscriptionsByTopic": lambda p: (
                {"Subscriptions": [{"Endpoint": self.topics[p["TopicArn"]]}]}
                if p["TopicArn"] in self.topics
                else Refusal("NotFound", "gone", 404)
            ),
            "logs:DescribeSubscriptionFilters": self._there(
                self.filters, "logGroupName", "logs:DescribeSubscriptionFilters"
            ),
            "config:DescribeConfigRules": self._services()["config:DescribeConfigRules"],
            "elbv2:DescribeTargetGroups": lambda p: self._target_group(*p["TargetGroupArns"]),
            "cognito-idp:DescribeUserPool": self._there(self.pools, "UserPoolId", "cognito-idp:DescribeUserPool"),
            "iot:GetTopicRule": self._there(self.iot_rules, "ruleName", "iot:GetTopicRule", "UnauthorizedException"),
            "secretsmanager:DescribeSecret": lambda p: (
                {**self._secret(p["SecretId"]), **self.rotations.get(p["SecretId"], {})}
                if p["SecretId"] in {*self.rotations, *self.encrypted}
                else NOT_THERE
            ),
            "lexv2-models:DescribeBotAlias": self._there(self.bots, "botId", "lexv2-models:DescribeBotAlias"),
            "scheduler:GetSchedule": self._there(self.schedules, "Name", "scheduler:GetSchedule"),
            "stepfunctions:DescribeStateMachine": self._there(
                self.machines, "stateMachineArn", "stepfunctions:DescribeStateMachine", "StateMachineDoesNotExist"
            ),
            "pipes:DescribePipe": self._there(self.pipes, "Name", "pipes:DescribePipe", "NotFoundException"),
            "codepipeline:GetPipeline": self._there(
                self.pipelines, "name", "codepipeline:GetPipeline", "PipelineNotFoundException"
            ),
            "firehose:DescribeDeliveryStream": self._there(
                self.streams, "DeliveryStreamName", "firehose:DescribeDeliveryStream"
            ),
            "appsync:GetDataSource": self._there(
                self.data_sources, "apiId", "appsync:GetDataSource", "NotFoundException"
            ),
            "iot:DescribeAuthorizer": self._there(self.authorizers, "authorizerName", "iot:DescribeAuthorizer"),
            "vpc-lattice:GetTargetGroup": self._there(
                self.lattice, "targetGroupIdentifier", "vpc-lattice:GetTargetGroup"
            ),
            "ses:DescribeActiveReceiptRuleSet": self._later()["ses:DescribeActiveReceiptRuleSet"],
            "bedrock-agent:ListAgentAliases": self._there(self.agents, "agentId", "bedrock-agent:ListAgentAliases"),
            "connect:ListLambdaFunctions": self._later()["connect:ListLambdaFunctions"],
            "apigateway:GetRestApi": lambda p: {"id": p["restApiId"]} if p["restApiId"] in self.rest else NO_API,
            "apigatewayv2:GetApi": lambda p: _api(p["ApiId"]) if p["ApiId"] in self.http else NO_API,
        }

    def _there(self, known: Mapping[str, Any], key: str, operation: str, code: str = NOT_THERE.code) -> Reply:
        """The answer that the sweep gets, as long as the thing is there."""
        answer = self._sources()[operation]
        return lambda p: (answer(p) if callable(answer) else answer) if p[key] in known else Refusal(code, "gone", 404)

    def _target_group(self, named: str) -> Answer:
        if named not in self.target_groups:
            return Refusal("TargetGroupNotFound", "gone", 400)
        balancer = [arn("elasticloadbalancing", "loadbalancer/app/shop/1")]
        return {"TargetGroups": [{"TargetGroupArn": named, "LoadBalancerArns": balancer}]}

    def _whole(self, name: str) -> dict[str, Any]:
        name = name.split(":")[6] if name.startswith("arn:") else name
        return {**self.functions[name], "State": "Active", **self.states.get(name, {})}

    def _iam(self) -> dict[str, Reply]:
        there = [_detail(role) for role in self.roles.values() if role.there]
        policies = [
            {"Arn": a, "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": True, "Document": text}]}
            for a, text in self.managed.items()
        ]
        return {
            "iam:GetAccountAuthorizationDetails": {"RoleDetailList": there, "Policies": policies, "IsTruncated": False},
            "iam:GetRole": lambda p: self._role(p["RoleName"]),
            "iam:ListRolePolicies": lambda p: {"PolicyNames": ["own"] if self._named(p["RoleName"]).may else []},
            "iam:GetRolePolicy": lambda p: {
                "RoleName": p["RoleName"],
                "PolicyName": "own",
                "PolicyDocument": document(*self._named(p["RoleName"]).may),
            },
            "iam:ListAttachedRolePolicies": lambda p: {
                "AttachedPolicies": _detail(self._named(p["RoleName"]))["AttachedManagedPolicies"]
            },
            "iam:GetPolicy": lambda p: {"Policy": {"Arn": p["PolicyArn"], "DefaultVersionId": "v1"}},
            "iam:GetPolicyVersion": lambda p: {
                "PolicyVersion": {"VersionId": "v1", "Document": self.managed[p["PolicyArn"]]}
            },
        }

    def _named(self, name: str) -> Role:
        return next(role for role in self.roles.values() if role.arn.endswith(f"/{name}"))

    def _role(self, name: str) -> Answer:
        role = next((r for r in self.roles.values() if r.arn.endswith(f"/{name}") and r.there), None)
        if role is None:
            return Refusal("NoSuchEntity", "not there", 404)
        known = {
            "Path": "/app/",
            "RoleId": "AROAROLE000000000000",
            "CreateDate": NOW,
            "RoleName": name,
            "Arn": role.arn,
        }
        detail = _detail(role)
        return {"Role": known | {k: v for k, v in detail.items() if k.startswith(("Assume", "Permissions"))}}

    def _sources(self) -> dict[str, Reply]:
        return {
            "events:ListEventBuses": {"EventBuses": [{"Name": "default", "Arn": arn("events", "event-bus/default")}]},
            "events:ListRules": {
                "Rules": [{"Name": n, "Arn": _rule(n), "State": s} for n, (s, _) in self.rules.items()]
            },
            "events:ListTargetsByRule": lambda p: {"Targets": self.rules[p["Rule"]][1]},
            "s3:ListBuckets": {"Buckets": [{"Name": name} for name in self.buckets]},
            "s3:GetBucketNotificationConfiguration": lambda p: {
                "LambdaFunctionConfigurations": [
                    {"LambdaFunctionArn": self.buckets[p["Bucket"]], "Events": ["s3:ObjectCreated:*"]}
                ]
            },
            "sns:ListSubscriptions": {
                "Subscriptions": [
                    {"Protocol": "lambda", "Endpoint": to, "TopicArn": topic} for topic, to in self.topics.items()
                ]
            },
            "logs:DescribeSubscriptionFilters": lambda p: {
                "subscriptionFilters": [
                    {"destinationArn": self.filters[n]} for n in [p["logGroupName"]] if n in self.filters
                ]
            },
            "scheduler:ListSchedules": {
                "Schedules": [{"Name": n, "Target": {"Arn": t["Arn"]}} for n, t in self.schedules.items()]
            },
            "scheduler:GetSchedule": lambda p: {
                "Name": p["Name"],
                "Arn": arn("scheduler", f"schedule/default/{p['Name']}"),
                "Target": self.schedules[p["Name"]],
            },
            "stepfunctions:ListStateMachines": {
                "stateMachines": [
                    {"stateMachineArn": a, "name": a.rsplit(":", 1)[-1], "type": "STANDARD", "creationDate": NOW}
                    for a in self.machines
                ]
            },
            "stepfunctions:DescribeStateMachine": lambda p: _machine(
                p["stateMachineArn"], *self.machines[p["stateMachineArn"]]
            ),
            **self._apis(),
            **self._services(),
            **self._later(),
            **self.at_the_edge(),
            **self._callers(),
        }

    def _services(self) -> dict[str, Reply]:
        """Those that call by the function's own policy; the listings leave out what the description shows."""
        balancer = [arn("elasticloadbalancing", "loadbalancer/app/shop/1")]
        return {
            "elbv2:DescribeTargetGroups": {
                "TargetGroups": [{"TargetGroupArn": arn("elasticloadbalancing", "targetgroup/servers/1")}]
                + [
                    {"TargetGroupArn": name, "TargetType": "lambda", "LoadBalancerArns": balancer}
                    for name in self.target_groups
                ]
            },
            "elbv2:DescribeTargetHealth": lambda p: {
                "TargetHealthDescriptions": [{"Target": {"Id": self.target_groups[p["TargetGroupArn"]]}}]
            },
            "cognito-idp:ListUserPools": {"UserPools": [{"Id": name} for name in self.pools]},
            "cognito-idp:DescribeUserPool": lambda p: {"UserPool": {"LambdaConfig": self.pools[p["UserPoolId"]]}},
            "config:DescribeConfigRules": {
                "ConfigRules": [{"ConfigRuleArn": name, "Source": source} for name, source in self.config_rules.items()]
            },
            "iot:ListTopicRules": {"rules": [{"ruleName": name} for name in self.iot_rules]},
            "iot:GetTopicRule": lambda p: {
                "ruleArn": arn("iot", f"rule/{p['ruleName']}"),
                "rule": self.iot_rules[p["ruleName"]],
            },
            "secretsmanager:ListSecrets": {
                "SecretList": [{"ARN": name, **rotation} for name, rotation in self.rotations.items()]
            },
            "lexv2-models:ListBots": {"botSummaries": [{"botId": name} for name in self.bots]},
            "lexv2-models:ListBotAliases": {"botAliasSummaries": [{"botAliasId": "TSTALIASID"}]},
            "lexv2-models:DescribeBotAlias": lambda p: {"botAliasLocaleSettings": {"en_US": self.bots[p["botId"]]}},
        }

    def _later(self) -> dict[str, Reply]:
        return {
            "iot:ListAuthorizers": {"authorizers": [{"authorizerName": name} for name in self.authorizers]},
            "iot:DescribeAuthorizer": lambda p: {
                "authorizerDescription": {
                    "authorizerArn": arn("iot", f"authorizer/{p['authorizerName']}"),
                    "authorizerFunctionArn": self.authorizers[p["authorizerName"]],
                    "status": "ACTIVE",
                }
            },
            "ses:DescribeActiveReceiptRuleSet": (
                {"Metadata": {"Name": "mail"}, "Rules": self.receipt_rules} if self.receipt_rules else {}
            ),
            "vpc-lattice:ListTargetGroups": {"items": [_lattice(name) for name in self.lattice]},
            "vpc-lattice:GetTargetGroup": lambda p: _lattice(p["targetGroupIdentifier"]),
            "vpc-lattice:ListTargets": lambda p: {
                "items": [{"id": self.lattice[p["targetGroupIdentifier"]], "status": "HEALTHY"}]
            },
            "bedrock-agent:ListAgents": {"agentSummaries": [_agent(name) for name in self.agents]},
            "bedrock-agent:ListAgentAliases": lambda p: {"agentAliasSummaries": [_alias(p["agentId"])]},
            "bedrock-agent:ListAgentActionGroups": lambda p: {"actionGroupSummaries": [_group_of(p)]},
            "bedrock-agent:GetAgentActionGroup": lambda p: {
                "agentActionGroup": {
                    **_group_of(p),
                    **{key: p[key] for key in ("agentId", "agentVersion")},
                    "createdAt": NOW,
                    **self.agents[p["agentId"]],
                }
            },
            "connect:ListInstances": {
                "InstanceSummaryList": [
                    {"Id": name, "Arn": arn("connect", f"instance/{name}")} for name in self.instances
                ]
            },
            "connect:ListLambdaFunctions": lambda p: {"LambdaFunctions": self.instances[p["InstanceId"]]},
        }

    def at_the_edge(self) -> dict[str, Reply]:
        return {
            "cloudfront:ListDistributions": {
                "DistributionList": {
                    "Marker": "",
                    "MaxItems": 100,
                    "IsTruncated": False,
                    "Quantity": len(self.distributions),
                    "Items": [_distribution(name, *given) for name, given in self.distributions.items()],
                }
            },
            "cloudfront:GetDistributionConfig": lambda p: (
                {"DistributionConfig": _config(*self.distributions[p["Id"]])}
                if p["Id"] in self.distributions
                else Refusal("NoSuchDistribution", "gone", 404)
            ),
        }

    def _callers(self) -> dict[str, Reply]:
        """Those that call under a role of their own."""
        shown = ("Target", "Enrichment", "DesiredState")
        return {
            "pipes:ListPipes": {
                "Pipes": [
                    {"Name": name, **{key: pipe[key] for key in shown if key in pipe}}
                    for name, pipe in self.pipes.items()
                ]
            },
            "pipes:DescribePipe": lambda p: {"Arn": arn("pipes", f"pipe/{p['Name']}"), **self.pipes[p["Name"]]},
            "firehose:ListDeliveryStreams": {
                "DeliveryStreamNames": list(self.streams),
                "HasMoreDeliveryStreams": False,
            },
            "firehose:DescribeDeliveryStream": lambda p: {
                "DeliveryStreamDescription": _delivery(p["DeliveryStreamName"], self.streams[p["DeliveryStreamName"]])
            },
            "appsync:ListGraphqlApis": {"graphqlApis": [{"apiId": name} for name in self.data_sources]},
            "appsync:ListDataSources": lambda p: {"dataSources": [self.data_sources[p["apiId"]]]},
            "appsync:GetDataSource": lambda p: {"dataSource": self.data_sources[p["apiId"]]},
            "codepipeline:ListPipelines": {"pipelines": [{"name": name} for name in self.pipelines]},
            "codepipeline:GetPipeline": lambda p: {
                "pipeline": self.pipelines[p["name"]],
                "metadata": {"pipelineArn": arn("codepipeline", p["name"])},
            },
        }

    def _apis(self) -> dict[str, Reply]:
        return {
            "apigateway:GetRestApis": {"items": [{"id": name} for name in self.rest]},
            "apigateway:GetStages": {"item": [{"stageName": "prod"}]},
            "apigateway:GetResources": lambda p: {"items": [self.rest[p["restApiId"]]]},
            "apigateway:GetAuthorizers": {},
            "apigatewayv2:GetApis": {"Items": [_api(name) for name in self.http]},
            "apigatewayv2:GetStages": {"Items": [{"StageName": "$default"}]},
            "apigatewayv2:GetIntegrations": lambda p: {"Items": [self.http[p["ApiId"]]["integration"]]},
            "apigatewayv2:GetRoutes": lambda p: {"Items": self.http[p["ApiId"]]["routes"]},
            "apigatewayv2:GetAuthorizers": lambda p: {"Items": self.http[p["ApiId"]].get("authorizers", [])},
        }

    def key(self, name: str, of: str, *statements: Statement, alias: str = "") -> str:
        """A customer key that encrypts something, by default one that leaves it to the policies of its account."""
        made = arn("kms", f"key/{name}")
        self.keys[made] = "Enabled"
        everybody = allow("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
        self.key_policies[made] = document(*(statements or (everybody,)))
        self.encrypted[of] = alias or made
        if alias:
            self.aliases[arn("kms", alias)] = made
        return made

    def _key(self, named: str) -> dict[str, Any]:
        return {"KeyMetadata": {"KeyId": named, "Arn": named, "KeyState": self.keys[named]}}

    def _secret(self, named: str) -> dict[str, Any]:
        return {"ARN": named, **({"KmsKeyId": self.encrypted[named]} if named in self.encrypted else {})}

    def _bucket_key(self, bucket: str) -> Answer:
        if bucket not in self.encrypted:
            return Refusal("ServerSideEncryptionConfigurationNotFoundError", "none", 404)
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": self.encrypted[bucket]}
        rules = [{"ApplyServerSideEncryptionByDefault": default}]
        return {"ServerSideEncryptionConfiguration": {"Rules": rules}}

    def _stream(self, named: str) -> dict[str, Any]:
        known = {"StreamName": "s", "StreamARN": named, "StreamStatus": "ACTIVE", "RetentionPeriodHours": 24}
        key = {"KeyId": self.encrypted[named], "EncryptionType": "KMS"} if named in self.encrypted else {}
        return {**known, **key, "StreamCreationTimestamp": NOW, "EnhancedMonitoring": [], "OpenShardCount": 1}

    def _targets(self) -> dict[str, Reply]:
        named = self.policies

        def attributes(key: str) -> Reply:
            kept = (("Policy", named), ("KmsMasterKeyId", self.encrypted))
            return lambda p: {"Attributes": {what: of[p[key]] for what, of in kept if p[key] in of}}

        return {
            "kms:DescribeKey": lambda p: self._key(self.aliases.get(p["KeyId"], p["KeyId"])),
            "kms:GetKeyPolicy": lambda p: {"Policy": self.key_policies[p["KeyId"]]},
            "kms:ListGrants": lambda p: {"Grants": self.grants.get(p["KeyId"], []), "Truncated": False},
            "sqs:GetQueueUrl": lambda p: {"QueueUrl": p["QueueName"]},
            "sqs:GetQueueAttributes": attributes("QueueUrl"),
            "sns:GetTopicAttributes": attributes("TopicArn"),
            "s3:GetBucketPolicy": lambda p: {"Policy": named[p["Bucket"]]} if p["Bucket"] in named else NO_POLICY,
            "s3:GetBucketEncryption": lambda p: self._bucket_key(p["Bucket"]),
            "events:DescribeEventBus": {},
            "kinesis:GetResourcePolicy": {"Policy": "{}"},
            "kinesis:DescribeStreamSummary": lambda p: {"StreamDescriptionSummary": self._stream(p["StreamARN"])},
            "kafka:GetClusterPolicy": lambda p: (
                {"Policy": named[p["ClusterArn"]]}
                if p["ClusterArn"] in named
                else Refusal("NotFoundException", "none", 404)
            ),
            "kafka:DescribeClusterV2": lambda p: {"ClusterInfo": self.clusters.get(p["ClusterArn"], {})},
            "dynamodb:GetResourcePolicy": Refusal("PolicyNotFoundException", "none", 400),
            "secretsmanager:GetResourcePolicy": {},
            "secretsmanager:DescribeSecret": lambda p: self._secret(p["SecretId"]),
            "efs:DescribeAccessPoints": lambda p: {
                "AccessPoints": [{"FileSystemId": p["AccessPointId"].replace("fsap", "fs")}]
            },
            "efs:DescribeFileSystemPolicy": lambda p: (
                {"Policy": named[p["FileSystemId"]]}
                if p["FileSystemId"] in named
                else Refusal("PolicyNotFound", "", 404)
            ),
        }


NO_API = Refusal("NotFoundException", "Invalid API identifier specified", 404)
NO_POLICY = Refusal("NoSuchBucketPolicy", "none", 404)


def calls(answers: Answers) -> Counter[str]:
    """How often each operation was asked for."""
    return Counter(name for name, _ in answers.asked)


def _name(params: Mapping[str, Any]) -> str:
    """Lambda takes a name and an ARN, an ARN with a qualifier as well."""
    named = str(params["FunctionName"])
    return named.split(":")[6] if ":" in named else named


def _group(name: str) -> str:
    return arn("logs", f"log-group:{name}:*")


def _rule(name: str) -> str:
    return arn("events", f"rule/{name}")


def _api(name: str) -> dict[str, Any]:
    return {"ApiId": name, "Name": name, "ProtocolType": "HTTP", "RouteSelectionExpression": "$request.method"}


def _config(version: str, on: bool) -> dict[str, Any]:
    """What CloudFront is told of a distribution; its other paths are served without a function."""
    behavior = {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only"}
    run = {"Quantity": 1, "Items": [{"LambdaFunctionARN": version, "EventType": "viewer-request"}]}
    return {
        "CallerReference": "c",
        "Comment": "",
        "Enabled": on,
        "Origins": {"Quantity": 1, "Items": [{"Id": "o", "DomainName": "shop.example.com"}]},
        "DefaultCacheBehavior": {**behavior, "LambdaFunctionAssociations": {"Quantity": 0}},
        "CacheBehaviors": {
            "Quantity": 1,
            "Items": [{**behavior, "PathPattern": "/orders/*", "LambdaFunctionAssociations": run}],
        },
    }


def _distribution(name: str, version: str, on: bool) -> dict[str, Any]:
    told = {key: value for key, value in _config(version, on).items() if key != "CallerReference"}
    return {
        **told,
        "Id": name,
        "ARN": f"arn:aws:cloudfront::{ACCOUNT}:distribution/{name}",
        "Status": "Deployed",
        "LastModifiedTime": NOW,
        "DomainName": "d1.cloudfront.net",
        "Aliases": {"Quantity": 0},
        "CustomErrorResponses": {"Quantity": 0},
        "PriceClass": "PriceClass_All",
        "ViewerCertificate": {},
        "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
        "WebACLId": "",
        "HttpVersion": "http2",
        "IsIPV6Enabled": True,
        "Staging": False,
    }


def _lattice(name: str) -> dict[str, Any]:
    services = [arn("vpc-lattice", "service/svc-1")]
    return {"id": name, "arn": arn("vpc-lattice", f"targetgroup/{name}"), "type": "LAMBDA", "serviceArns": services}


def _agent(name: str) -> dict[str, Any]:
    return {"agentId": name, "agentName": name, "agentStatus": "PREPARED", "updatedAt": NOW}


def _alias(agent: str) -> dict[str, Any]:
    known = {"agentAliasId": "ALIAS00000", "agentAliasName": "live", "agentAliasStatus": "PREPARED"}
    return {**known, "createdAt": NOW, "updatedAt": NOW, "routingConfiguration": [{"agentVersion": "1"}]}


def _group_of(params: Mapping[str, Any]) -> dict[str, Any]:
    known = {"actionGroupId": "GROUP00000", "actionGroupName": "orders", "actionGroupState": "ENABLED"}
    return {**known, "updatedAt": NOW}


def _delivery(name: str, destination: dict[str, Any]) -> dict[str, Any]:
    known = {"DeliveryStreamStatus": "ACTIVE", "DeliveryStreamType": "DirectPut", "VersionId": "1"}
    return {
        "DeliveryStreamName": name,
        "DeliveryStreamARN": arn("firehose", f"deliverystream/{name}"),
        "HasMoreDestinations": False,
        "Destinations": [{"DestinationId": "1", **destination}],
        **known,
    }


def _machine(machine: str, role: str, definition: str) -> dict[str, Any]:
    known = {"name": "m", "type": "STANDARD", "creationDate": NOW}
    return {"stateMachineArn": machine, "roleArn": role, "definition": definition, **known}


def _detail(role: Role) -> dict[str, Any]:
    boundary = {"PermissionsBoundary": {"PermissionsBoundaryArn": role.boundary}} if role.boundary else {}
    return {
        "Arn": role.arn,
        "AssumeRolePolicyDocument": document(role.trust),
        "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": document(*role.may)}] if role.may else [],
        "AttachedManagedPolicies": [{"PolicyArn": one, "PolicyName": one.rsplit("/", 1)[-1]} for one in role.attached],
        **boundary,
    }
