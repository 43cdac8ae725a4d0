"""An execution role: trust, boundary and tags, its owning stack and the other functions that run under it."""

from __future__ import annotations

from functools import partial

from iam_watchdog.aws.faults import NotRead
from iam_watchdog.aws.read import identity
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn
from iam_watchdog.aws.read.piece import Piece, Read, document
from iam_watchdog.model import Layer, Policy, Role, Unread
from iam_watchdog.remedy.arns import role_name

ACTIONS = ("iam:GetRole", "lambda:ListFunctions", "cloudformation:DescribeStackResources")
NOT_TOLD = "(could not be read)"
"""Stands for other functions or a stack that nobody could rule out, so that nothing is changed unasked."""
MOST_FUNCTIONS = 1000


def reads(account: Account, arn: str, function: str = "") -> tuple[Read, ...]:
    """Everything about one role of this account; `function` is the one that is looked at, not counted as another."""
    shared = Read(
        f"other functions under {arn}",
        (Layer.IDENTITY,),
        partial(_shared, account, arn, function),
        decides=False,
        otherwise=Piece(role=Role(arn, shared_with=(NOT_TOLD,))),
    )
    own = Read(f"role {arn}", (Layer.TRUST, Layer.BOUNDARY), partial(_role, account, arn))
    return (own, *identity.reads(account, arn), shared)


def _role(account: Account, arn: str) -> Piece:
    name = role_name(arn)
    found = account.clients.read("iam", "get_role", absent=identity.NO_ROLE, RoleName=name).get("Role")
    if not found:
        return Piece(facts={"role_exists": "false"})
    boundary = found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", ())}
    trust = Policy(Layer.TRUST, "trust policy", document(found.get("AssumeRolePolicyDocument") or "{}"), arn)
    stack = tags.get("aws:cloudformation:stack-name")
    role = Role(arn, found.get("RoleId", ""), boundary, tags, stack, tags.get("aws:cloudformation:logical-id"))
    then = () if stack else (_owner(account, arn),)
    if boundary:
        then = (*then, identity.managed_read(account, boundary, Layer.BOUNDARY, arn))
    return Piece(role=role, policies=(trust,), facts={"role_exists": "true"}, then=then)


def _owner(account: Account, arn: str) -> Read:
    return Read(
        f"owning stack of {arn}",
        (Layer.IDENTITY,),
        partial(_stack, account, arn),
        decides=False,
        otherwise=Piece(role=Role(arn, stack=NOT_TOLD)),
    )


def _stack(account: Account, arn: str) -> Piece:
    """IAM roles carry no stack tag of their own, so CloudFormation is asked by physical id.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html
    """
    name = role_name(arn)
    absent = ("ValidationError", "StackNotFoundException")
    found = account.clients.read("cloudformation", "describe_stack_resources", absent=absent, PhysicalResourceId=name)
    for resource in found.get("StackResources", ()):
        if resource.get("PhysicalResourceId") == name and resource.get("ResourceType") == "AWS::IAM::Role":
            return Piece(role=Role(arn, stack=resource["StackName"], logical_id=resource["LogicalResourceId"]))
    return Piece()


def functions(account: Account) -> tuple[tuple[tuple[str, str], ...], bool]:
    """Name and role of each function, and whether there are more; asked once in a while. Raises CannotRead."""
    return account.lately("functions", partial(_functions, account))


def _functions(account: Account) -> tuple[tuple[tuple[str, str], ...], bool]:
    """Twenty calls in an account of a thousand."""
    found, more = account.clients.pages("lambda", "list_functions", "Functions", limit=MOST_FUNCTIONS)
    return tuple((each["FunctionName"], each.get("Role", "")) for each in found), more


def _shared(account: Account, arn: str, function: str) -> Piece:
    found, more = functions(account)
    names = [name for name, role in found if role == arn and name != function]
    if not more:
        return Piece(role=Role(arn, shared_with=tuple(names)))
    why = f"there are more than {MOST_FUNCTIONS} functions"
    doubt = Unread(Layer.IDENTITY, f"other functions under {arn}", why, decides=False)
    return Piece(role=Role(arn, shared_with=(*names, NOT_TOLD)), unread=(doubt,))


def other(account: Account, named: Arn) -> Piece:
    """Whether the other role, which a denial names, exists; a stranger's is not asked for."""
    facts = {"other_role": named.text}
    if not account.owns(named):
        return Piece(facts=facts)
    try:
        found = account.clients.read("iam", "get_role", absent=identity.NO_ROLE, RoleName=named.name)
    except NotRead:
        return Piece(facts=facts)
    return Piece(facts={**facts, "principal_exists": "true" if found else "false"})
