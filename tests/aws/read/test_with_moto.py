"""The same readers on an AWS that somebody else wrote: shapes, absences and URL-encoded documents are moto's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.aws.read import endpoints, kms, other, role, s3
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import parse
from iam_watchdog.model import Evidence, Function, Layer
from iam_watchdog.ports import Settings
from tests.aws import shop
from tests.aws.answers import ACCOUNT, REGION, Refusal, refused
from tests.aws.shop import denial

DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}


@pytest.fixture(scope="module")
def clients() -> Iterator[Clients]:
    """moto's account with a role that has an inline policy, a managed policy and a boundary, a bucket and a key."""
    with mock_aws(config={"lambda": {"use_docker": False}}), pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        session = boto3.Session(region_name=REGION)
        session.events.register("before-call.cloudformation", _no_stack)  # moto's needs packages that we have not
        made = Clients(session, None, REGION, attempts=1)
        _role(made.get("iam"))
        key = made.get("kms").create_key()["KeyMetadata"]["Arn"]
        _bucket(made.get("s3"), key)
        yield made


def _no_stack(**_: object) -> Any:
    return refused(Refusal("ValidationError", "Stack does not exist", 400))


def _role(iam: Any) -> None:
    text = json.dumps(DOCUMENT)
    own = iam.create_policy(PolicyName="own", PolicyDocument=text)["Policy"]["Arn"]
    boundary = iam.create_policy(PolicyName="edge", PolicyDocument=text)["Policy"]["Arn"]
    trust = json.dumps(shop.TRUST)
    tags = [{"Key": "iam-watchdog", "Value": "approve"}]
    iam.create_role(
        RoleName="orders-role", Path="/app/", AssumeRolePolicyDocument=trust, PermissionsBoundary=boundary, Tags=tags
    )
    iam.put_role_policy(RoleName="orders-role", PolicyName="reads", PolicyDocument=text)
    iam.attach_role_policy(RoleName="orders-role", PolicyArn=own)


def _bucket(s3: Any, key: str) -> None:
    s3.create_bucket(Bucket="shop-orders", CreateBucketConfiguration={"LocationConstraint": REGION})
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    s3.put_bucket_encryption(Bucket="shop-orders", ServerSideEncryptionConfiguration={"Rules": [rule]})


@pytest.fixture(scope="module")
def evidence(clients: Clients) -> Evidence:
    """A denial without a function: the role by its session's name, the bucket and its key."""
    reader = AccountReader(clients, Settings(account=ACCOUNT, region=REGION))
    return reader.gather(denial(function=""))


def test_documents_are_decoded_and_stand_under_the_roles_full_arn(evidence: Evidence) -> None:
    assert {p.name: json.loads(p.text) for p in evidence.of(Layer.IDENTITY, shop.ROLE)} == {
        "inline/reads": DOCUMENT,
        f"arn:aws:iam::{ACCOUNT}:policy/own": DOCUMENT,
    }
    assert [json.loads(p.text) for p in evidence.of(Layer.BOUNDARY)] == [DOCUMENT]
    assert [json.loads(p.text) for p in evidence.of(Layer.TRUST)] == [shop.TRUST]


def test_the_role_is_whole(evidence: Evidence) -> None:
    assert evidence.role is not None
    assert evidence.role.tags == {"iam-watchdog": "approve"}
    assert evidence.role.boundary == f"arn:aws:iam::{ACCOUNT}:policy/edge"
    assert evidence.role.shared_with == ()


def test_a_bucket_without_a_policy_has_none_and_names_its_key(evidence: Evidence) -> None:
    bucket, key = evidence.targets
    assert evidence.of(Layer.RESOURCE, bucket.arn) == ()
    assert bucket.traits["owner"] == "own"
    assert (bucket.key, key.traits["state"]) == (key.arn, "Enabled")
    assert evidence.of(Layer.RESOURCE, key.arn)


def test_an_access_point_and_its_bucket_are_read_without_a_policy_and_with_one(clients: Clients) -> None:
    account, named = (
        Account(clients, Settings(account=ACCOUNT, region=REGION)),
        {"AccountId": ACCOUNT, "Name": "orders"},
    )
    clients.get("s3control").create_access_point(**named, Bucket="shop-orders")
    arn = parse(f"arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint/orders/object/a.json")
    assert arn is not None
    policy, behind = s3.reads(arn, account)
    assert policy.call().policies == ()
    clients.get("s3control").put_access_point_policy(**named, Policy=json.dumps(DOCUMENT))
    assert [json.loads(p.text) for p in policy.call().policies] == [DOCUMENT]
    assert behind.call().targets[0].traits["bucket"] == "arn:aws:s3:::shop-orders"
    assert [read.call().targets[0].arn for read in behind.call().then][0] == "arn:aws:s3:::shop-orders"


def test_an_access_point_that_is_not_there_is_absent(clients: Clients) -> None:
    arn = parse(f"arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint/nowhere")
    assert arn is not None
    policy, behind = s3.reads(arn, Account(clients, Settings(account=ACCOUNT, region=REGION)))
    assert policy.call().policies == ()
    assert behind.call().targets[0].traits == {"exists": "false"}


@pytest.mark.parametrize("own", [False, True])
def test_a_gateway_counts_by_the_route_tables_that_it_stands_in(clients: Clients, own: bool) -> None:
    ec2 = clients.get("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    tables = [ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in range(2)]
    ec2.associate_route_table(RouteTableId=tables[0], SubnetId=subnet)
    service = f"com.amazonaws.{REGION}.s3"
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=service, VpcEndpointType="Gateway", RouteTableIds=[tables[not own]])
    function = Function(shop.FUNCTION, shop.ROLE, vpc_id=vpc, subnets=(subnet,))
    (read,) = endpoints.reads(denial(), function, Account(clients, Settings(account=ACCOUNT, region=REGION)))
    assert bool(read.call().policies) is own


def test_only_what_moto_has_not_is_unread(evidence: Evidence) -> None:
    assert {u.layer for u in evidence.unread if u.decides} <= {Layer.SCP, Layer.RCP}


def test_a_role_that_is_not_there_is_absent(clients: Clients) -> None:
    account = Account(clients, Settings(account=ACCOUNT, region=REGION))
    first, inline, attached, _ = role.reads(account, f"arn:aws:iam::{ACCOUNT}:role/nobody")
    assert first.call().facts == {"role_exists": "false"}
    assert (inline.call().policies, attached.call().policies) == ((), ())


def test_a_key_that_is_not_there_is_absent(clients: Clients) -> None:
    account = Account(clients, Settings(account=ACCOUNT, region=REGION))
    nowhere = parse(f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555")
    assert nowhere is not None
    described, policy, _ = kms.reads(nowhere, account)
    assert described.call().targets[0].traits == {"exists": "false"}
    assert policy.call().policies == ()


OTHERS = {
    # What moto keeps of the table's services: the resource, and the call that gives it a policy.
    f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/shop.example.com": (
        "sesv2.create_email_identity_policy",
        {"EmailIdentity": "shop.example.com", "PolicyName": "partner", "Policy": json.dumps(DOCUMENT)},
    ),
    f"arn:aws:comprehend:{REGION}:{ACCOUNT}:document-classifier/orders": (
        "comprehend.put_resource_policy",
        {
            "ResourceArn": f"arn:aws:comprehend:{REGION}:{ACCOUNT}:document-classifier/orders",
            "ResourcePolicy": json.dumps(DOCUMENT),
        },
    ),
}


@pytest.mark.parametrize("resource", OTHERS)
def test_a_row_reads_back_what_was_put(clients: Clients, resource: str) -> None:
    arn = parse(resource)
    assert arn is not None
    (read,) = other.reads(arn, Account(clients, Settings(account=ACCOUNT, region=REGION)))
    assert read.call().policies == ()
    (client, method), params = OTHERS[resource][0].split("."), OTHERS[resource][1]
    if client == "sesv2":
        clients.get(client).create_email_identity(EmailIdentity=params["EmailIdentity"])
    getattr(clients.get(client), method)(**params)
    assert [json.loads(p.text) for p in read.call().policies] == [DOCUMENT]
