"""The subscription's pattern: AWS's rules for it, and that it lets through what the grammars can read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from iam_watchdog.model import DENIALS
from iam_watchdog_cli.watch import PATTERN
from tests.template import translate

TERM = re.compile(r'\?(?:"([^"]+)"|(\w+))(?: |$)')


def pattern() -> str:
    """The pattern of the account policy."""
    policy = translate.deployed("guard")["AccountSubscription"]["Properties"]["PolicyDocument"]
    return str(json.loads(policy)["FilterPattern"])


def terms() -> Iterator[str]:
    """Its terms."""
    for phrase, word in TERM.findall(pattern()):
        yield phrase or word


def heard(line: str) -> bool:
    """The narrowest reading of the syntax: a term matches only where it stands as whole words."""
    return any(re.search(rf"(?<!\w){re.escape(term)}(?!\w)", line) for term in terms())


def test_it_holds_optional_terms_only_and_fits() -> None:
    """One other term beside them and all `?` terms are ignored.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
    """
    assert TERM.sub("", pattern()) == ""
    assert len(pattern()) <= 1024
    assert len(set(terms())) == len(list(terms()))


def test_an_ordinary_line_is_silent() -> None:
    for line in (
        "START RequestId: 1",
        "GET /orders 200 12ms",
        "user 17 has access to /denied-requests.html",
        "permission granted",
    ):
        assert not heard(line)


@pytest.mark.parametrize(
    "line",
    [
        "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied",
        "AccessDeniedException: User: arn:aws:sts::1:assumed-role/r/f is not authorized to perform: ssm:GetParameter",
        '{"errorType":"ClientError","errorMessage":"An error occurred (AuthorizationError) when calling Publish"}',
        "api error UnauthorizedOperation: You are not authorized to perform this operation. Encoded authorization …",
        "The role defined for the function cannot be assumed by Lambda.",
        "The provided execution role does not have permissions to call CreateNetworkInterface on EC2",
        "Lambda was unable to decrypt the environment variables because KMS access was denied.",
        "Execution failed due to configuration error: Invalid permissions on Lambda function",
        "An error occurred (403) when calling the HeadObject operation: Forbidden",
        "EC2AccessDeniedException",
        "KMSAccessDeniedException",
    ],
)
def test_what_the_grammars_read_is_heard(line: str) -> None:
    assert heard(line)


UNHEARD = {
    "r228": "a console's own words",
    "r231": "a query engine's own words",
    "r415": "an HTTP library's 403 with nothing of AWS but the address",
    "r512": "an HTTP body of few words",
    "r554": "a console's own words",
}
"""Real denials of the corpus that no affordable term lets through; CloudTrail and the sweep are there for them."""


def test_real_denials_are_heard_but_for_those_that_no_affordable_term_would_let_through() -> None:
    rows = [json.loads(line) for line in (translate.ROOT / "tests/detect/open.jsonl").read_text().splitlines()]
    denials = [row for row in rows if row["class"] in {kind.value for kind in DENIALS}]
    assert len(denials) > 200
    assert {row["id"] for row in denials if not heard(row["message"])} <= set(UNHEARD)


def test_a_single_group_is_subscribed_with_the_same_pattern() -> None:
    assert pattern() == PATTERN
