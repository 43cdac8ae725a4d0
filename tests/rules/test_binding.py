"""A denial binds only if nobody but this function can have met it."""

import json

import pytest

from iam_watchdog.model import Denial, Evidence, Kind, Witness
from iam_watchdog.rules.case.binding import bound
from tests.rules.cases import ROLE, SESSION, TRUST, denial, evidence, trust

OTHERS = {**TRUST, "Statement": [*TRUST["Statement"], {"Effect": "Allow", "Principal": {"AWS": "*"}}]}


def test_a_session_of_the_execution_role_binds() -> None:
    assert bound(denial(), evidence())
    assert bound(denial(principal="arn:aws:sts::111122223333:assumed-role/orders-role/awslambda_1_2"), evidence())


@pytest.mark.parametrize(
    ("refused", "seen"),
    [
        (denial(principal="arn:aws:sts::111122223333:assumed-role/other-role/orders"), evidence()),
        (denial(principal="arn:aws:sts::444455556666:assumed-role/orders-role/orders"), evidence()),
        (denial(principal="arn:aws:sts::111122223333:assumed-role/orders-role/alice"), evidence()),
        (denial(principal="arn:aws:iam::111122223333:user/alice"), evidence()),
        (denial(principal=None), evidence()),
        (denial(), evidence(trust(OTHERS))),
        (denial(), evidence(role=None)),
        (denial(), evidence(function=None)),
        (denial(origin="/aws/lambda/somebody-else x"), evidence()),
        (denial(), evidence(facts={"log_group_matches": "false"})),
    ],
)
def test_it_does_not_bind(refused: Denial, seen: Evidence) -> None:
    assert not bound(refused, seen)


def test_without_a_principal_only_a_stronger_witness_binds() -> None:
    for witness in (Witness.CONFIG, Witness.CLOUDTRAIL, Witness.AUTHORIZATION):
        assert bound(denial(principal=None, witness=witness), evidence())


def test_a_refused_service_binds_only_by_a_stronger_witness() -> None:
    refused = denial("lambda:InvokeFunction", principal="events.amazonaws.com", kind=Kind.INVOKE_PERMISSION)
    assert not bound(refused, evidence())
    config = denial(
        "lambda:InvokeFunction", principal="events.amazonaws.com", kind=Kind.INVOKE_PERMISSION, witness=Witness.CONFIG
    )
    assert bound(config, evidence())


def test_the_role_itself_may_be_named_instead_of_its_session() -> None:
    assert bound(denial(principal=ROLE), evidence())
    assert SESSION.endswith("orders-role/orders")
    assert json.loads(trust().text) == TRUST
