"""A Step Functions state machine: its key; it has no resource policy, and its definition is not read."""

from __future__ import annotations

from functools import partial

from iam_watchdog.aws.read import kms
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn
from iam_watchdog.aws.read.piece import Piece, Read
from iam_watchdog.model import Layer, Target

ACTIONS = ("states:DescribeStateMachine",)
GONE = ("StateMachineDoesNotExist",)
METADATA = "METADATA_ONLY"
"""Leaves the definition out, so that its key is not needed to read the rest.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html
"""


def owner(arn: Arn) -> str:
    """An execution belongs to the machine that its ARN names."""
    name = arn.name.split(":")[0]
    return arn.sibling(f"stateMachine:{name}") if arn.kind in ("execution", "express") else arn.text


def reads(arn: Arn, account: Account) -> tuple[Read, ...]:
    """One call."""
    machine = owner(arn)
    call = partial(_machine, machine, arn, account)
    return (Read(f"state machine {machine}", (Layer.RESOURCE,), call, decides=False),)


def _machine(machine: str, arn: Arn, account: Account) -> Piece:
    params = {"stateMachineArn": machine, "includedData": METADATA}
    found = account.read(arn, "stepfunctions", "describe_state_machine", absent=GONE, **params)
    if not found:
        return Piece(targets=(Target(machine, arn.account, traits={"exists": "false"}),))
    key = (found.get("encryptionConfiguration") or {}).get("kmsKeyId")
    return kms.encrypted(Target(machine, arn.account, kms.key_arn(key, arn)), account)
