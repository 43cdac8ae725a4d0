"""A function that CloudFront runs at its edge: the role of that very version has to admit Lambda@Edge too."""

from __future__ import annotations

from typing import Any

from iam_watchdog import healing, rules
from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.aws.survey import Account
from iam_watchdog.expect import audit
from iam_watchdog.model import Advice, Denial, Kind
from iam_watchdog.ports import Settings
from iam_watchdog.remedy.callers import EDGE
from iam_watchdog.report import words
from tests.aws.answers import DENIED
from tests.aws.region import ACCOUNT, NAME, NOW, TRUST, Region, Role, calls

HOME = "us-east-1"
DISTRIBUTION = f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1"
ONLY_LAMBDA = TRUST | {"Principal": {"Service": "lambda.amazonaws.com"}}


def edged(trust: dict[str, Any] = TRUST, *, on: bool = True) -> Region:
    """Function f, of which a distribution runs version 3."""
    region = Region()
    region.function("f").trust = trust
    region.distributions["E1"] = (region.of("f", "3"), on)
    return region


def swept(region: Region, where: str = HOME) -> tuple[Denial, ...]:
    answers = region.answers()
    (page,) = Account(answers.clients(where), ACCOUNT).pages()
    assert page.unread == ()
    assert calls(answers)["cloudfront:ListDistributions"] == (where == HOME)
    found = audit(page.views[0], NOW)
    assert found.undecided == ()
    return found.denials


def reader(region: Region) -> AccountReader:
    answers = region.answers()
    answers.table |= region.around()
    answers.otherwise = DENIED
    return AccountReader(answers.clients(HOME), Settings(ACCOUNT, HOME), lambda: NOW)


def over(region: Region, denial: Denial) -> str:
    return healing.moot(denial, reader(region).gather(denial))


def test_a_role_that_admits_both_is_silent_and_so_is_a_distribution_that_is_off() -> None:
    assert swept(edged()) == ()
    assert swept(edged(ONLY_LAMBDA, on=False)) == ()
    assert swept(edged(ONLY_LAMBDA), NAME) == (), "such functions are in one Region only"


def test_a_role_that_admits_lambda_alone_is_found_and_its_owner_told_what_to_add() -> None:
    region = edged(ONLY_LAMBDA)
    (denial,) = swept(region)
    assert (denial.kind, denial.principal, denial.qualifier) == (Kind.LAMBDA_ASSUME_ROLE, EDGE, "3")
    assert denial.excerpt == f"f cannot run at the edge for {DISTRIBUTION}"
    found = rules.diagnose(denial, reader(region).gather(denial))
    assert found.rule == "trust_policy"
    assert f"f does not run at the edge for {DISTRIBUTION}: the trust policy of its role" in found.because
    assert f"does not admit {EDGE}" in found.because
    (fix,) = found.fixes
    assert isinstance(fix, Advice)
    assert fix.target == denial.resource
    assert [(a.actions, a.principals) for a in fix.statements] == [(("sts:AssumeRole",), (("Service", EDGE),))]
    assert words.refused(denial).startswith("does not run at the edge, Lambda@Edge may not assume its role")


def test_once_it_is_admitted_nothing_more_is_to_be_done() -> None:
    (denial,) = swept(edged(ONLY_LAMBDA))
    assert rules.diagnose(denial, reader(edged()).gather(denial)).rule == "already_allowed"


def test_a_version_keeps_the_role_that_it_was_published_with() -> None:
    region = edged()
    old = Role(f"arn:aws:iam::{ACCOUNT}:role/app/old-role", trust=ONLY_LAMBDA)
    region.roles[old.arn] = old
    answers = region.answers()
    now = answers.table["lambda:GetFunctionConfiguration"]
    assert callable(now)
    published = {**dict(now({"FunctionName": "f"})), "Role": old.arn}  # type: ignore[arg-type]
    answers.table["lambda:GetFunctionConfiguration"] = lambda p: (
        published if p["FunctionName"].endswith(":3") else now(p)
    )
    (page,) = Account(answers.clients(HOME), ACCOUNT).pages()
    (denial,) = audit(page.views[0], NOW).denials
    assert denial.resource == old.arn


def test_its_incident_is_over_once_the_distribution_is_gone_off_or_runs_another_version() -> None:
    region = edged(ONLY_LAMBDA)
    (denial,) = swept(region)
    assert over(region, denial) == ""
    for given in ((region.of("f", "4"), True), (region.of("f", "3"), False)):
        region.distributions["E1"] = given
        assert over(region, denial) == f"{DISTRIBUTION} is not set to start f:3 any more"
    region.distributions.clear()
    assert over(region, denial) == f"{DISTRIBUTION} is gone"
