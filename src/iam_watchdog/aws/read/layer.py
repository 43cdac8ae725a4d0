"""A version of a Lambda layer: who may read it; accounts that use another's layer need its owner's word."""

from __future__ import annotations

from functools import partial

from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn
from iam_watchdog.aws.read.function import NO_FUNCTION
from iam_watchdog.aws.read.piece import Piece, Read, policy_on
from iam_watchdog.model import Layer, Target

ACTIONS = ("lambda:GetLayerVersionPolicy",)


def reads(arn: Arn, account: Account) -> tuple[Read, ...]:
    """The policy of one version: each has its own, and the layer as a whole has none.

    https://docs.aws.amazon.com/lambda/latest/dg/permissions-layer-cross-account.html
    """
    name, _, version = arn.name.rpartition(":")
    if not name or not version.isascii() or not version.isdigit():
        return ()
    call = partial(_policy, name, int(version), arn, account)
    return (Read(f"layer policy of {arn.text}", (Layer.RESOURCE,), call),)


def _policy(name: str, version: int, arn: Arn, account: Account) -> Piece:
    """Lambda answers ResourceNotFound when there is no policy, not only when there is no such version."""
    params = {"LayerName": arn.sibling(f"layer:{name}"), "VersionNumber": version}
    found = account.read(arn, "lambda", "get_layer_version_policy", absent=NO_FUNCTION, **params)
    policies = policy_on(arn.text, "layer policy", found.get("Policy"))
    return Piece(targets=(Target(arn.text, arn.account),), policies=policies)
