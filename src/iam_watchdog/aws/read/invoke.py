"""A function's own policy at one qualifier: who may start it."""

from __future__ import annotations

from functools import partial

from iam_watchdog.aws.read import layer
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn
from iam_watchdog.aws.read.function import NO_FUNCTION
from iam_watchdog.aws.read.piece import Piece, Read, policy_on
from iam_watchdog.model import Layer, Target

ACTIONS = ("lambda:GetPolicy",)


def reads(arn: Arn, account: Account) -> tuple[Read, ...]:
    """The policy of exactly the ARN that is called: each alias and version has its own; mappings have none."""
    if arn.kind != "function":
        return layer.reads(arn, account) if arn.kind == "layer" else ()
    return (Read(f"function policy of {arn.text}", (Layer.INVOKE,), partial(_policy, arn, account)),)


def _policy(arn: Arn, account: Account) -> Piece:
    """Lambda answers ResourceNotFound when there is no policy, not only when there is no function."""
    _, _, rest = arn.rest.partition(":")
    name, _, qualifier = rest.partition(":")
    function = arn.sibling(f"function:{name}")
    params = {"FunctionName": function if not account.owns(arn) else name}
    if qualifier and qualifier != "$LATEST":
        params["Qualifier"] = qualifier
    found = account.read(arn, "lambda", "get_policy", absent=NO_FUNCTION, **params)
    policies = policy_on(arn.text, "function policy", found.get("Policy"), Layer.INVOKE)
    return Piece(targets=(Target(arn.text, arn.account),), policies=policies)
