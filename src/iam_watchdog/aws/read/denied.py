"""What there is to read about one denial, and in which order: the function first, its role by what it says."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from iam_watchdog.aws import authorization, called, confirm, decode
from iam_watchdog.aws.faults import NotRead
from iam_watchdog.aws.read import endpoints, function, identity, kms, role, safe_event, source, target
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn, parse
from iam_watchdog.aws.read.managed import pinned
from iam_watchdog.aws.read.piece import Piece, Read
from iam_watchdog.aws.read.principal import role_of
from iam_watchdog.model import Denial, Function, Kind, Layer, Witness
from iam_watchdog.remedy import likely, pollers
from iam_watchdog.remedy.arns import unmasked

OF_THE_ROLE = (Layer.IDENTITY, Layer.BOUNDARY, Layer.TRUST)
DELIVERS = frozenset({"sqs:SendMessage", "sns:Publish", "lambda:InvokeFunction", "events:PutEvents", "s3:PutObject"})
"""What an asynchronous invocation's destination needs."""


def reads(denial: Denial, account: Account) -> Iterator[Read]:
    """The first round."""
    if denial.function:
        what = f"configuration of function {denial.function}"
        yield Read(what, OF_THE_ROLE, partial(_function, denial, account))
        yield from pinned(account)
    # A trigger that calls under a role of its own: the function's role has no part in that call.
    if (named := role_of(denial.principal)) and account.owns(named) and (denial.by_trigger or not denial.function):
        yield Read(f"role {named.name}", OF_THE_ROLE, partial(_role, named, account))
    if arn := parse(unmasked(denial.resource or "", denial.account)):
        yield from target.reads(arn, account)
    yield from source.reads(denial, _function_arn(denial, account), account)
    for asked in (confirm, authorization, decode, safe_event, called):
        yield from asked.reads(denial, account)


def _function_arn(denial: Denial, account: Account) -> str:
    partition = account.settings.partition
    return f"arn:{partition}:lambda:{denial.region}:{denial.account}:function:{denial.function}"


def _role(named: Arn, account: Account) -> Piece:
    """A session names its role without the path, so IAM is asked for the ARN before the rest."""
    found = account.clients.read("iam", "get_role", absent=identity.NO_ROLE, RoleName=named.name).get("Role")
    if not found:
        return Piece(facts={"role_exists": "false"})
    return Piece(then=role.reads(account, found["Arn"]))


def _function(denial: Denial, account: Account) -> Piece:
    if denial.account != account.id:
        raise NotRead(f"not asked: the function runs in account {denial.account}, this deployment in {account.id}")
    found = function.configuration(account, denial.function, denial.qualifier, denial.region)
    if found is None:
        return Piece(facts={"function_exists": "false"})
    polls, delivers = _may_poll(denial), denial.action in DELIVERS
    then = (
        *function.details(
            account, found, mappings=polls, destinations=delivers, then=partial(_likely, denial, account)
        ),
        *(() if denial.by_trigger else role.reads(account, found.role, found.name)),
        *_also(denial, found, account),
    )
    return Piece(function=found, facts=_own_group(denial, found), then=then)


def _may_poll(denial: Denial) -> bool:
    """A log tells what the code called; that a secret or a network is a poller's only the sweep can know."""
    shared = denial.action.startswith(("ec2:", "secretsmanager:"))
    return denial.action in pollers.ACTIONS and (denial.witness is Witness.CONFIG or not shared)


def _likely(denial: Denial, account: Account, known: Function) -> tuple[Read, ...]:
    """What a call without a resource may have been about, so that it can be judged at all."""
    guess = denial.resource is None and likely.bare(denial)
    arn, _ = likely.only(known, denial.action) if guess else ("", "")
    asked = parse(arn)
    return target.reads(asked, account) if asked else ()


def _also(denial: Denial, found: Function, account: Account) -> Iterator[Read]:
    """The key of the environment, the endpoints of the network, and the other role that the denial names."""
    yield from endpoints.reads(denial, found, account)
    if denial.kind is Kind.LAMBDA_ENV_KMS and found.key != denial.resource and (key := parse(found.key)):
        yield from kms.reads(key, account)
    named, own = role_of(denial.principal), role_of(found.role)
    if named and own and named != own and not denial.by_trigger:
        yield Read(f"role {named.text}", (), partial(role.other, account, named))


def _own_group(denial: Denial, found: Function) -> dict[str, str]:
    """A line counts for this function only if it came through the group that its configuration names."""
    group, _, stream = denial.origin.partition(" ")
    if denial.witness is not Witness.LOG or not stream:
        return {}
    return {"log_group_matches": "true" if group == found.log_group else "false"}
