"""What stands around a call: the network's endpoints, the organization, the trigger, the function's own details."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.model import Denial, Evidence, Kind, Layer, Message, Witness
from iam_watchdog.records import document_hash
from tests.aws import shop
from tests.aws.answers import ACCOUNT, DENIED, REGION, THROTTLED, Answer, Answers, Refusal, Reply
from tests.aws.shop import CONFIGURATION, FUNCTION, KEY, SETTINGS, denial

POLICY = '{"Statement": []}'


def looked_at(what: Denial, answers: Mapping[str, Reply]) -> tuple[Evidence, Answers]:
    aws = Answers({**shop.shop(), **answers})
    return AccountReader(aws.clients(), SETTINGS).gather(what), aws


def configured(**changed: Any) -> Mapping[str, Reply]:
    return {"lambda:GetFunctionConfiguration": CONFIGURATION | changed}


# ---------------------------------------------------------------- the network

IN_VPC = configured(VpcConfig={"VpcId": "vpc-1", "SubnetIds": ["subnet-1"]})


def endpoint(service: str, state: str = "available") -> dict[str, Any]:
    name = f"com.amazonaws.{REGION}.{service}"
    return {"VpcEndpointId": f"vpce-{service}", "ServiceName": name, "PolicyDocument": POLICY, "State": state}


def test_a_function_outside_a_vpc_has_no_endpoints() -> None:
    evidence, aws = looked_at(denial(), {})
    assert evidence.of(Layer.VPCE) == ()
    assert aws.named("ec2:DescribeVpcEndpoints") == []


def test_the_endpoints_for_the_called_service_are_in_play() -> None:
    found = {"VpcEndpoints": [endpoint("s3"), endpoint("sqs"), endpoint("s3", "deleting")]}
    evidence, aws = looked_at(denial(), {**IN_VPC, "ec2:DescribeVpcEndpoints": found})
    assert [(p.name, p.text) for p in evidence.of(Layer.VPCE)] == [("vpce-s3", POLICY)]
    assert aws.named("ec2:DescribeVpcEndpoints") == [{"Filters": [{"Name": "vpc-id", "Values": ["vpc-1"]}]}]
    assert evidence.function is not None
    assert (evidence.function.in_vpc, evidence.function.vpc_id) == (True, "vpc-1")


def test_an_endpoint_of_another_network_is_none_whatever_the_answer_holds() -> None:
    evidence, _ = looked_at(
        denial(),
        {
            **IN_VPC,
            "ec2:DescribeVpcEndpoints": {
                "VpcEndpoints": [
                    {**endpoint("s3"), "VpcId": "vpc-2", "VpcEndpointId": "vpce-theirs"},
                    {**endpoint("s3"), "VpcId": "vpc-1"},
                ]
            },
        },
    )
    assert [policy.name for policy in evidence.of(Layer.VPCE)] == ["vpce-s3"]


def test_endpoints_that_cannot_be_listed_are_unread() -> None:
    evidence, _ = looked_at(denial(), {**IN_VPC, "ec2:DescribeVpcEndpoints": DENIED})
    assert [u.layer for u in evidence.unread] == [Layer.VPCE]


def gateway(*tables: str) -> dict[str, Any]:
    return {**endpoint("s3"), "VpcEndpointType": "Gateway", "RouteTableIds": list(tables)}


def interface(service: str = "s3", *, private: bool = True, inbound_only: bool = False) -> dict[str, Any]:
    options = {"PrivateDnsOnlyForInboundResolverEndpoint": inbound_only}
    kind = {"VpcEndpointType": "Interface", "PrivateDnsEnabled": private, "DnsOptions": options}
    return {**endpoint(service), **kind, "VpcEndpointId": f"vpce-{service}-interface"}


ROUTES: Reply = {
    "RouteTables": [
        {"RouteTableId": "rtb-main", "Associations": [{"Main": True, "RouteTableId": "rtb-main"}]},
        {"RouteTableId": "rtb-own", "Associations": [{"SubnetId": "subnet-own", "Main": False}]},
        {"RouteTableId": "rtb-other", "Associations": [{"SubnetId": "subnet-other", "Main": False}]},
    ]
}


def through(
    subnets: list[str], *endpoints: dict[str, Any], routes: Reply = ROUTES, what: Denial | None = None
) -> tuple[Evidence, Answers]:
    """The evidence for a function in these subnets of a network with these endpoints."""
    answers: Mapping[str, Reply] = {
        **configured(VpcConfig={"VpcId": "vpc-1", "SubnetIds": subnets}),
        "ec2:DescribeVpcEndpoints": {"VpcEndpoints": list(endpoints)},
        "ec2:DescribeRouteTables": routes,
    }
    return looked_at(what or denial(), answers)


def names(evidence: Evidence) -> list[str]:
    return [p.name for p in evidence.of(Layer.VPCE)]


@pytest.mark.parametrize(
    ("subnets", "tables"),
    [(["subnet-own"], ["rtb-main", "rtb-other"]), (["subnet-unassociated"], ["rtb-own"]), (["subnet-own"], [])],
)
def test_a_gateway_in_no_route_table_of_the_functions_subnets_is_not_in_play(
    subnets: list[str], tables: list[str]
) -> None:
    evidence, _ = through(subnets, gateway(*tables))
    assert names(evidence) == []
    assert evidence.unread == ()


@pytest.mark.parametrize(
    ("subnets", "table"),
    [(["subnet-own"], "rtb-own"), (["subnet-other", "subnet-own"], "rtb-own"), (["subnet-unassociated"], "rtb-main")],
)
def test_a_gateway_in_a_route_table_of_one_of_the_subnets_is_in_play(subnets: list[str], table: str) -> None:
    evidence, aws = through(subnets, gateway(table))
    assert names(evidence) == ["vpce-s3"]
    assert evidence.function is not None
    assert evidence.function.subnets == tuple(subnets)
    assert aws.named("ec2:DescribeRouteTables") == [{"Filters": [{"Name": "vpc-id", "Values": ["vpc-1"]}]}]


@pytest.mark.parametrize("fault", [DENIED, THROTTLED])
def test_without_the_route_tables_a_gateway_stays_in_play_and_the_doubt_is_named(fault: Refusal) -> None:
    evidence, _ = through(["subnet-own"], gateway("rtb-other"), routes=fault)
    assert names(evidence) == ["vpce-s3"]
    assert [(u.layer, u.what, u.decides) for u in evidence.unread] == [(Layer.VPCE, "route tables of vpc-1", False)]


def test_route_tables_are_asked_for_only_where_a_gateway_serves_the_call() -> None:
    _, aws = through(
        ["subnet-own"], interface(), {**gateway("rtb-own"), "ServiceName": f"com.amazonaws.{REGION}.dynamodb"}
    )
    assert aws.named("ec2:DescribeRouteTables") == []


@pytest.mark.parametrize(
    ("found", "met"),
    [
        (interface(), True),
        (interface(private=False), False),
        (interface(inbound_only=True), False),
    ],
)
def test_an_interface_is_met_if_the_services_own_name_leads_to_it(found: dict[str, Any], met: bool) -> None:
    evidence, _ = through(["subnet-own"], found)
    assert bool(names(evidence)) is met


def test_an_endpoint_for_another_region_is_not_met() -> None:
    queue = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"
    answers: Mapping[str, Reply] = {
        **IN_VPC,
        "ec2:DescribeVpcEndpoints": {"VpcEndpoints": [interface("sqs")]},
        "sqs:GetQueueUrl": Refusal("QueueDoesNotExist", "none", 400),
        "lambda:ListEventSourceMappings": {"EventSourceMappings": []},
    }
    evidence, _ = looked_at(denial(action="sqs:DeleteQueue", resource=queue), answers)
    assert names(evidence) == []


def test_a_role_is_assumed_through_the_endpoint_of_sts() -> None:
    what = denial(action="sts:AssumeRole", resource=f"arn:aws:iam::{ACCOUNT}:role/app/orders-role")
    evidence, _ = through(["subnet-own"], interface("sts"), interface("s3"), what=what)
    assert names(evidence) == ["vpce-sts-interface"]


def test_where_aws_blames_an_endpoint_none_that_serves_the_call_is_left_out() -> None:
    said = Message(Kind.IAM_DENIAL, layer=Layer.VPCE)
    evidence, _ = through(["subnet-own"], gateway("rtb-other"), interface(private=False), what=denial(said=said))
    assert names(evidence) == ["vpce-s3", "vpce-s3-interface"]


def test_the_endpoint_that_cloudtrail_names_is_the_one() -> None:
    what = denial(context={"aws:SourceVpce": ("vpce-s3-interface",)})
    evidence, _ = through(["subnet-own"], gateway("rtb-own"), interface(private=False), what=what)
    assert names(evidence) == ["vpce-s3-interface"]


def test_an_endpoint_of_another_network_is_named_as_unread() -> None:
    what = denial(context={"aws:SourceVpce": ("vpce-central",)})
    evidence, _ = through(["subnet-own"], gateway("rtb-own"), what=what)
    assert names(evidence) == []
    assert [(u.layer, u.what) for u in evidence.unread] == [(Layer.VPCE, "policy of endpoint vpce-central")]


def test_route_tables_of_an_unknown_form_leave_the_gap_named() -> None:
    evidence, _ = through(
        ["subnet-own"], gateway("rtb-own"), routes={"RouteTables": [{"Associations": [{"Main": True}]}]}
    )
    assert [u.layer for u in evidence.unread] == [Layer.VPCE]


# ---------------------------------------------------------------- the organization


def organization(master: str = "111111111111") -> Mapping[str, Reply]:
    def parent(params: Mapping[str, Any]) -> Answer:
        above = {ACCOUNT: ("ou-ab12-cd34", "ORGANIZATIONAL_UNIT"), "ou-ab12-cd34": ("r-ab12", "ROOT")}
        found = above[params["ChildId"]]
        return {"Parents": [{"Id": found[0], "Type": found[1]}]}

    def policies(params: Mapping[str, Any]) -> Answer:
        if params["Filter"] != "SERVICE_CONTROL_POLICY":
            return Refusal("PolicyTypeNotEnabledException", "off", 400)
        short = params["TargetId"].replace("-", "")[:8]
        return {"Policies": [{"Id": f"p-{short}", "Arn": f"arn:aws:organizations::1:policy/o-1/s/p-{short}"}]}

    return {
        "organizations:DescribeOrganization": {"Organization": {"MasterAccountId": master}},
        "organizations:ListParents": parent,
        "organizations:ListPoliciesForTarget": policies,
        "organizations:DescribePolicy": {"Policy": {"Content": POLICY}},
    }


def test_an_account_in_no_organization_has_no_policies_above_it() -> None:
    evidence, _ = looked_at(denial(), {})
    assert evidence.facts["organization"] == "none"
    assert evidence.of(Layer.SCP) == ()


def test_the_management_account_is_exempt() -> None:
    evidence, aws = looked_at(denial(), organization(master=ACCOUNT))
    assert evidence.facts["organization"] == "management"
    assert aws.named("organizations:ListParents") == []


def test_policies_are_read_from_the_root_down() -> None:
    evidence, _ = looked_at(denial(), organization())
    assert [(p.level, p.on) for p in evidence.of(Layer.SCP)] == [(0, "r-ab12"), (1, "ou-ab12-cd34"), (2, ACCOUNT)]
    assert evidence.facts["organization_complete"] == "true"


def test_a_member_that_may_not_read_them_says_so_and_is_not_refused_each_time() -> None:
    aws = Answers({**shop.shop(), **organization(), "organizations:ListParents": DENIED})
    reader = AccountReader(aws.clients(), SETTINGS)
    for _ in range(2):
        evidence = reader.gather(denial())
        assert {(u.layer, u.what) for u in evidence.unread} == {
            (Layer.SCP, "policies of the organization"),
            (Layer.RCP, "policies of the organization"),
        }
    assert len(aws.named("organizations:ListParents")) == 1


def test_a_passing_failure_is_tried_again() -> None:
    aws = Answers({**shop.shop(), "organizations:DescribeOrganization": THROTTLED})
    reader = AccountReader(aws.clients(), SETTINGS)
    reader.gather(denial())
    reader.gather(denial())
    assert len(aws.named("organizations:DescribeOrganization")) == 2


# ---------------------------------------------------------------- the trigger

RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/nightly"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:orders"
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/app:*"
BUCKET = "arn:aws:s3:::shop-orders"
SOURCES: Mapping[str, tuple[Mapping[str, Reply], str]] = {
    RULE: (
        {
            "events:DescribeRule": {"Name": "nightly"},
            "events:ListTargetsByRule": {"Targets": [{"Id": "1", "Arn": FUNCTION}]},
        },
        "events:DescribeRule",
    ),
    TOPIC: (
        {"sns:ListSubscriptionsByTopic": {"Subscriptions": [{"Protocol": "lambda", "Endpoint": FUNCTION}]}},
        "sns:ListSubscriptionsByTopic",
    ),
    GROUP: (
        {"logs:DescribeSubscriptionFilters": {"subscriptionFilters": [{"destinationArn": FUNCTION}]}},
        "logs:DescribeSubscriptionFilters",
    ),
    BUCKET: (
        {
            "s3:GetBucketNotificationConfiguration": {
                "LambdaFunctionConfigurations": [{"LambdaFunctionArn": FUNCTION, "Events": ["s3:ObjectCreated:*"]}]
            }
        },
        "s3:GetBucketNotificationConfiguration",
    ),
}


def started_by(source: str) -> Denial:
    return denial(
        kind=Kind.INVOKE_PERMISSION,
        principal=f"{source.split(':')[2]}.amazonaws.com",
        action="lambda:InvokeFunction",
        resource=FUNCTION,
        source_arn=source,
        origin="sweep",
    )


DELIVERS: Mapping[str, Reply] = {
    "lambda:GetPolicy": {"Policy": POLICY},
    "lambda:GetFunctionEventInvokeConfig": Refusal("ResourceNotFoundException", "none", 404),
}


@pytest.mark.parametrize("source", SOURCES)
def test_a_trigger_that_is_set_to_start_the_function_is_found(source: str) -> None:
    evidence, _ = looked_at(started_by(source), {**DELIVERS, **SOURCES[source][0]})
    assert (evidence.facts["source_exists"], evidence.facts["source_targets_function"]) == ("true", "true")
    assert [(p.name, p.on) for p in evidence.of(Layer.INVOKE)] == [("function policy", FUNCTION)]


@pytest.mark.parametrize("source", SOURCES)
def test_a_trigger_that_is_gone_is_said_to_be(source: str) -> None:
    answers, operation = SOURCES[source]
    gone = {operation: Refusal("NotFound" if "sns" in operation else "ResourceNotFoundException", "gone", 404)}
    evidence, _ = looked_at(started_by(source), {**DELIVERS, **answers, **gone})
    assert evidence.facts["source_exists"] == "false"
    assert "source_targets_function" not in evidence.facts


@pytest.mark.parametrize("source", SOURCES)
def test_a_trigger_that_cannot_be_asked_is_named(source: str) -> None:
    answers, operation = SOURCES[source]
    evidence, _ = looked_at(started_by(source), {**DELIVERS, **answers, operation: DENIED})
    assert "source_exists" not in evidence.facts
    assert [(u.layer, u.decides) for u in evidence.unread] == [(Layer.INVOKE, False)]


def test_a_function_without_a_policy_has_none() -> None:
    none = {"lambda:GetPolicy": Refusal("ResourceNotFoundException", "none", 404)}
    evidence, _ = looked_at(started_by(RULE), {**DELIVERS, **SOURCES[RULE][0], **none})
    assert evidence.of(Layer.INVOKE) == ()
    assert evidence.unread == ()


def test_each_alias_has_a_policy_of_its_own() -> None:
    what = denial(action="lambda:InvokeFunction", resource=f"{FUNCTION}:PROD")
    _, aws = looked_at(what, DELIVERS)
    assert aws.named("lambda:GetPolicy") == [{"FunctionName": "orders", "Qualifier": "PROD"}]


# ---------------------------------------------------------------- the function's details


def test_ordinary_denials_ask_for_neither_mappings_nor_destinations() -> None:
    _, aws = looked_at(denial(), {})
    assert {name for name, _ in aws.asked if name.startswith("lambda:")} == {
        "lambda:GetFunctionConfiguration",
        "lambda:ListTags",
        "lambda:ListFunctions",
    }


def test_a_pollers_denial_brings_the_mappings() -> None:
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"
    rows = [{"EventSourceArn": queue, "State": "Enabled", "LastProcessingResult": "PROBLEM: no permission"}]
    answers: Mapping[str, Reply] = {
        "lambda:ListEventSourceMappings": {"EventSourceMappings": rows},
        "sqs:GetQueueUrl": {"QueueUrl": "https://sqs/orders"},
        "sqs:GetQueueAttributes": {"Attributes": {}},
    }
    evidence, _ = looked_at(denial(action="sqs:ReceiveMessage", resource=queue), answers)
    assert evidence.function is not None
    assert evidence.function.mappings == ((queue, "Enabled", "PROBLEM: no permission"),)


def test_what_the_code_itself_was_refused_is_no_pollers_business() -> None:
    secret = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:kafka-AbCdEf"
    answers: Mapping[str, Reply] = {
        "secretsmanager:DescribeSecret": {"ARN": secret},
        "secretsmanager:GetResourcePolicy": {"ARN": secret},
    }
    _, aws = looked_at(denial(action="secretsmanager:GetSecretValue", resource=secret), answers)
    assert not aws.named("lambda:ListEventSourceMappings")


def test_a_mapping_tells_which_secrets_its_poller_reads_and_that_it_needs_the_network() -> None:
    secret = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:kafka-AbCdEf"
    access = [{"Type": "VPC_SUBNET", "URI": "subnet:subnet-1"}, {"Type": "SASL_SCRAM_512_AUTH", "URI": secret}]
    rows = [{"State": "Enabled", "SourceAccessConfigurations": access}]
    answers: Mapping[str, Reply] = {"lambda:ListEventSourceMappings": {"EventSourceMappings": rows}}
    evidence, _ = looked_at(denial(action="ec2:DescribeVpcs", resource=None, witness=Witness.CONFIG), answers)
    assert evidence.function is not None
    assert evidence.function.mappings == (("", "Enabled", ""),)
    assert evidence.function.mapping_secrets == (("", secret),)
    assert evidence.function.mapping_networks == ("",)


def test_no_safe_event_is_asked_for_a_function_that_nobody_runs() -> None:
    evidence, aws = looked_at(denial(), {})
    assert not aws.named("ssm:DescribeParameters")
    assert "verify_event" not in evidence.facts


@pytest.mark.parametrize(("listed", "version"), [([{"Version": 7}], "7"), ([], "none")])
def test_the_version_of_the_safe_event_is_read_and_never_the_event(listed: list[dict[str, Any]], version: str) -> None:
    aws = Answers({**shop.shop(), "ssm:DescribeParameters": {"Parameters": listed}})
    settings = replace(SETTINGS, verify_functions=("orders",))
    evidence = AccountReader(aws.clients(), settings).gather(denial())
    assert evidence.facts["verify_event"] == version
    wanted = [{"Key": "Name", "Option": "Equals", "Values": ["/iam-watchdog/verify/orders"]}]
    assert aws.named("ssm:DescribeParameters") == [{"ParameterFilters": wanted}]


def test_a_deliverys_denial_brings_the_destinations() -> None:
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:failed"
    config = {"DestinationConfig": {"OnFailure": {"Destination": queue}}}
    answers: Mapping[str, Reply] = {"lambda:GetFunctionEventInvokeConfig": config}
    evidence, _ = looked_at(denial(action="s3:PutObject"), answers)
    assert evidence.function is not None
    assert evidence.function.destinations == (("failure", queue),)


def test_an_environment_that_cannot_be_decrypted_brings_its_key() -> None:
    error = {"Error": {"ErrorCode": "KMSAccessDeniedException", "Message": "no"}}
    what = denial(kind=Kind.LAMBDA_ENV_KMS, action="kms:Decrypt", resource=None)
    evidence, _ = looked_at(what, configured(KMSKeyArn=KEY, Environment=error))
    assert evidence.target is not None
    assert evidence.target.arn == KEY
    assert evidence.of(Layer.RESOURCE, KEY)
    assert evidence.function is not None
    assert evidence.function.environment_error == "KMSAccessDeniedException: no"


def test_the_layers_of_a_function_are_named() -> None:
    layer = "arn:aws:lambda:eu-west-1:999999999999:layer:tools:3"
    evidence, _ = looked_at(denial(), configured(Layers=[{"Arn": layer, "CodeSize": 1}]))
    assert evidence.function is not None
    assert evidence.function.layers == (layer,)


def test_unknown_states_and_reason_codes_pass_through() -> None:
    odd = configured(State="Levitating", StateReasonCode="FunctionError.Odd", LastUpdateStatusReasonCode="Odder")
    evidence, _ = looked_at(denial(), odd)
    assert evidence.function is not None
    assert (evidence.function.state, evidence.function.state_reason_code) == ("Levitating", "FunctionError.Odd")
    assert evidence.function.last_update_reason_code == "Odder"


# ---------------------------------------------------------------- what is pinned


def test_an_allow_listed_policy_is_hashed_as_it_is_now() -> None:
    aws = Answers(shop.shop())
    settings = replace(SETTINGS, allow_listed={shop.BASIC: "reviewed"})
    evidence = AccountReader(aws.clients(), settings).gather(denial())
    assert evidence.facts[f"document:{shop.BASIC}"] == document_hash(json.dumps(shop.MANAGED[shop.BASIC]))


def test_an_allow_listed_policy_that_cannot_be_read_is_no_longer_what_was_reviewed() -> None:
    aws = Answers({**shop.shop(), "iam:GetPolicyVersion": DENIED})
    settings = replace(SETTINGS, allow_listed={shop.BASIC: "reviewed"})
    evidence = AccountReader(aws.clients(), settings).gather(denial())
    assert evidence.facts[f"document:{shop.BASIC}"] == "unread"


# ---------------------------------------------------------------- how much is asked


@pytest.mark.parametrize("warm", [False, True])
def test_a_plain_denial_costs_ten_calls_and_one_for_each_inline_policy(warm: bool) -> None:
    """Two more for a customer's policy (one if its version is known), three for a key.

    What is AWS's, and which functions there are, is asked for once.
    """
    plain = json.dumps(shop.statement(Principal={"AWS": shop.ROLE}, Action="s3:GetObject", Resource=f"{BUCKET}/*"))
    aws = Answers({**shop.shop(), "s3:GetBucketPolicy": {"Policy": plain}})
    reader = AccountReader(aws.clients(), SETTINGS)
    for _ in range(2 if warm else 1):
        before = sum(reader.clients.calls.values())
        reader.gather(denial())
    asked = sum(reader.clients.calls.values()) - before
    inline, customer, key, once = 1, 1 if warm else 2, 3, 0 if warm else 4
    assert asked == 9 + inline + customer + key + once
    assert reader.rounds == (6 if warm else 3)
