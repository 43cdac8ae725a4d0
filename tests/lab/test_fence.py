"""The fence, tried: every cell that the emulator can judge, with the Hands roles' own credentials.

The other cells (`oracle` is "evaluator") are decided in tests/template alone: the emulator leaves role paths, other
accounts, prefixes and the principal of a permission that is taken back aside.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.lab.account import Account, allow
from tests.template import fence_cells
from tests.template.fence_cells import CELLS, EMULATOR, Cell
from tests.template.translate import REGION

TRIED = [c for c in CELLS if c.oracle == EMULATOR and c.given == "auto_and_approvals"]
DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
NOTHING = json.dumps({"Version": "2012-10-17", "Statement": [allow("s3:GetObject", on="arn:aws:s3:::nothing/*")]})


@pytest.fixture(scope="module")
def hands(lab: Any, account: Account, outputs: dict[str, str]) -> Iterator[Mapping[str, dict[str, str]]]:
    """Credentials of both Hands; their trust is opened to the account's owner for as long as it takes."""
    iam, taken, before = account.client("iam"), {}, {}
    for logical, kind in (("HandsAuto", "auto"), ("HandsApproved", "approved")):
        role = iam.get_role(RoleName=f"iam-watchdog-hands-{kind}-{lab.region}")["Role"]
        before[role["RoleName"]] = json.dumps(role["AssumeRolePolicyDocument"])
        owner = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{lab.account}:root"},
            "Action": "sts:AssumeRole",
        }
        text = json.dumps({"Version": "2012-10-17", "Statement": [owner]})
        iam.update_assume_role_policy(RoleName=role["RoleName"], PolicyDocument=text)
        taken[logical] = account.assume(role["Arn"], session="wd-fence")
    yield taken
    for name, text in before.items():
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=text)


@pytest.fixture(scope="module")
def boundaries(lab: Any, account: Account, outputs: dict[str, str]) -> Mapping[str, str]:
    """The cells' boundaries → this account's."""
    known = account.client("cloudformation").describe_stacks(StackName=lab.stack)["Stacks"][0]["Parameters"]
    named = next(p["ParameterValue"] for p in known if p["ParameterKey"] == "InlineBoundaryArn")
    return {fence_cells.BOUND: named, fence_cells.OTHER_BOUND: account.policy("fence-anything-goes", allow("*"))}


@pytest.fixture(scope="module")
def world(account: Account, boundaries: Mapping[str, str]) -> Callable[[Cell], str]:
    """Makes the role or function that a cell touches, with its tags and boundary; answers its name."""
    made: dict[object, str] = {}

    def make(cell: Cell) -> str:
        kind, _, name = cell.on.partition("/")
        if name.startswith("iam-watchdog-"):
            return name.replace(REGION, account.lab.region)
        key = (kind, tuple(sorted(cell.tags.items())), cell.boundary)
        if key not in made:
            made[key] = _new(account, kind, f"fence-{len(made)}", cell, boundaries)
        return made[key]

    return make


def _new(account: Account, kind: str, name: str, cell: Cell, boundaries: Mapping[str, str]) -> str:
    if kind == "role":
        account.role(name, boundary=boundaries.get(cell.boundary, ""), tags=dict(cell.tags))
        account.client("iam").put_role_policy(RoleName=name, PolicyName="iam-watchdog-x", PolicyDocument=NOTHING)
    else:
        arn = account.function(name, account.role(f"{name}-role"), "def handler(e, c): return e")
        if cell.tags:
            account.client("lambda").tag_resource(Resource=arn, Tags=dict(cell.tags))
    return name


def _call(account: Account, cell: Cell, name: str, credentials: dict[str, str]) -> Callable[[], object]:
    """The one API call of a cell."""
    iam, functions = (account.client(service, credentials) for service in ("iam", "lambda"))
    statement = {"FunctionName": name, "StatementId": "fence"}
    permission = {**statement, "Action": "lambda:InvokeFunction", "Principal": cell.caller or "events.amazonaws.com"}
    permission |= {"FunctionUrlAuthType": cell.url, "Action": "lambda:InvokeFunctionUrl"} if cell.url else {}
    role, user = {"RoleName": name}, {"UserName": name}
    boundary = {"PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"}
    own = {"PolicyArn": f"arn:aws:iam::{account.lab.account}:policy/fence-anything-goes"}
    calls: dict[str, Callable[[], object]] = {
        "iam:AttachRolePolicy": lambda: iam.attach_role_policy(**role, PolicyArn=cell.policy),
        "iam:DetachRolePolicy": lambda: iam.detach_role_policy(**role, PolicyArn=cell.policy),
        "iam:PutRolePolicy": lambda: iam.put_role_policy(**role, PolicyName="iam-watchdog-x", PolicyDocument=NOTHING),
        "iam:DeleteRolePolicy": lambda: iam.delete_role_policy(**role, PolicyName="iam-watchdog-x"),
        "lambda:AddPermission": lambda: functions.add_permission(**permission),
        "lambda:RemovePermission": lambda: functions.remove_permission(**statement),
        "lambda:UpdateFunctionCode": lambda: functions.update_function_code(FunctionName=name, ZipFile=b"x"),
        "lambda:InvokeFunction": lambda: functions.invoke(FunctionName=name),
        "iam:AttachUserPolicy": lambda: iam.attach_user_policy(**user, PolicyArn=cell.policy),
        "iam:CreateAccessKey": lambda: iam.create_access_key(**user),
        "iam:CreatePolicyVersion": lambda: iam.create_policy_version(**own, PolicyDocument=NOTHING),
        "iam:CreateRole": lambda: iam.create_role(RoleName="fence-new", AssumeRolePolicyDocument=NOTHING),
        "iam:DeleteRole": lambda: iam.delete_role(**role),
        "iam:DeleteRolePermissionsBoundary": lambda: iam.delete_role_permissions_boundary(**role),
        "iam:GetRole": lambda: iam.get_role(**role),
        "iam:PutRolePermissionsBoundary": lambda: iam.put_role_permissions_boundary(**role, **boundary),
        "iam:SetDefaultPolicyVersion": lambda: iam.set_default_policy_version(**own, VersionId="v1"),
        "iam:TagRole": lambda: iam.tag_role(**role, Tags=[{"Key": "iam-watchdog", "Value": "approve"}]),
        "iam:UntagRole": lambda: iam.untag_role(**role, TagKeys=["iam-watchdog-hold"]),
        "sts:AssumeRole": lambda: account.client("sts", credentials).assume_role(
            RoleArn=f"arn:aws:iam::{account.lab.account}:role/{name}", RoleSessionName="wd-more"
        ),
        "iam:UpdateAssumeRolePolicy": lambda: iam.update_assume_role_policy(**role, PolicyDocument=NOTHING),
    }
    return calls[cell.action]


@pytest.mark.parametrize("cell", TRIED, ids=lambda c: c.name)
def test_what_the_hands_try_ends_as_the_fence_says(
    cell: Cell, account: Account, hands: Mapping[str, dict[str, str]], world: Callable[[Cell], str]
) -> None:
    call = _call(account, cell, world(cell), hands[cell.hands])
    try:
        call()
        code = ""
    except ClientError as error:
        code = error.response["Error"]["Code"]
    # Anything but a refusal by IAM (the permission is there already, the policy is gone) came past the fence.
    assert (code not in DENIED) is cell.allowed, code
