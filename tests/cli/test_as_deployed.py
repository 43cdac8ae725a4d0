"""explain judges as the deployed watchdog would: its own mode, allow-list and boundary; or by the defaults."""

from __future__ import annotations

from typing import Any

import boto3

from iam_watchdog.ports import Mode, Settings
from iam_watchdog.remedy.managed import DOCUMENTS
from iam_watchdog_cli import as_deployed
from iam_watchdog_cli.connection import Connection
from tests.aws.answers import ACCOUNT, REGION, Answers, Refusal, Reply

BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
GIVEN = {
    "WATCHDOG_ACCOUNT": ACCOUNT,
    "WATCHDOG_MODE": "auto",
    "WATCHDOG_DEV_ACCOUNTS": ACCOUNT,
    "WATCHDOG_ALLOW_LISTED": BASIC,
    "WATCHDOG_LISTED_ACCOUNTS": "999999999999",
}


def asked(reply: Reply) -> Settings:
    where = Connection(boto3.Session(), REGION, None, ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/me", "iam-watchdog")
    return as_deployed.settings(where, Answers({"lambda:GetFunctionConfiguration": reply}).clients())


def deployed(**changed: str) -> dict[str, Any]:
    return {"Environment": {"Variables": GIVEN | changed}}


def test_what_was_deployed_decides_and_no_other_account_is_asked() -> None:
    found = asked(deployed())
    assert (found.mode, found.dev_accounts, list(found.allow_listed)) == (Mode.AUTO, (ACCOUNT,), [BASIC])
    assert (found.region, found.listed_accounts) == (REGION, ())


def test_without_a_deployment_the_defaults_of_the_template_decide() -> None:
    absent = asked(Refusal("ResourceNotFoundException", "Function not found", 404))
    for found in (absent, asked({}), asked(deployed(WATCHDOG_MODE="sometimes"))):
        assert (found.mode, found.account, found.region) == (Mode.PROPOSE, ACCOUNT, REGION)
        assert set(found.allow_listed) <= set(DOCUMENTS)
        assert len(found.allow_listed) == 2
