"""What the topic gets, by protocol and within its limits."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from iam_watchdog.model import WATCHDOG, Deny, Guardrail, Incident
from iam_watchdog.report.fix_json import fix_json
from iam_watchdog.report.html import page
from iam_watchdog.report.notification import notification, report_key, size
from iam_watchdog.report.sns import LIMIT, publication
from iam_watchdog.report.text import text
from tests.report.hostile import TEXTS, filled
from tests.report.incidents import NOW, SETTINGS, advice, diagnosis, grant, incident, proposed

KEYS = {
    "also", "follows", "led_to",
    "version", "incident", "cycle", "summary", "status", "account", "region", "function", "qualifier", "role", "action",
    "resource", "layer", "rule", "because", "confidence", "witness", "occurrences", "first_seen", "last_seen",
    "plan_hash", "fixes", "instead", "beside", "proof", "unread", "notes", "timeline", "report_key",
}  # fmt: skip
FIX = {
    "kind", "target", "layer", "document", "policy_arn", "permission", "advice", "automatic", "refusals", "formats",
    "short_sam",
}  # fmt: skip


def by_protocol(of: Incident, **settings: Any) -> dict[str, str]:
    return dict(json.loads(publication(of, replace(SETTINGS, **settings), NOW)["Message"]))


@pytest.mark.parametrize("of", [incident(), incident(proposed()), incident(proposed(diagnosis(advice())))])
def test_every_key_is_there_whatever_is_known(of: Incident) -> None:
    """A consumer need not ask whether a key exists."""
    said = notification(of, SETTINGS, NOW)
    assert set(said) == KEYS
    assert all(set(fix) == FIX for fix in said["fixes"])
    assert json.loads(json.dumps(said)) == said


def test_the_fix_is_the_proven_document() -> None:
    """Exactly what was shown and proven."""
    said = notification(incident(proposed()), SETTINGS, NOW)
    fix = said["fixes"][0]
    assert (fix["kind"], fix["layer"], fix["automatic"]) == ("add_role_statements", "identity", False)
    assert fix["document"]["Statement"][0]["Action"] == "s3:GetObject"
    assert set(fix["formats"]) == {"json", "sam", "cloudformation", "cli", "terraform", "cdk"}
    assert said["proof"]["holds"]
    assert said["plan_hash"] == proposed().plan_hash


def test_what_is_recommended_beside_the_fix_stands_in_every_form_and_after_it() -> None:
    """For people to paste, for machines to take."""
    recommended = Guardrail("arn:aws:iam::1:role/r", "Deny it to the code.", (Deny(("ec2:DeleteVpc",), ("*",)),))
    of = incident(proposed(diagnosis(beside=(recommended,))))
    (said,) = notification(of, SETTINGS, NOW)["beside"]
    assert said["document"]["Statement"] == [{"Effect": "Deny", "Action": "ec2:DeleteVpc", "Resource": "*"}]
    assert all(said["formats"].values())
    mail = text(of, SETTINGS, NOW)
    assert 0 < mail.index("TO PASTE") < mail.index("RECOMMENDED BESIDE IT") < mail.index('"Effect": "Deny"')
    assert "Recommended beside it" in page(of, SETTINGS, NOW)


def test_the_incident_names_its_report() -> None:
    """Incident and cycle."""
    of = incident(proposed())
    assert notification(of, SETTINGS, NOW)["report_key"] == report_key(of) == f"reports/{of.id}/1.html"


def test_people_read_text_and_machines_read_json() -> None:
    """MessageStructure json: one text for each protocol."""
    said = by_protocol(incident(proposed()))
    assert said["email"].startswith("prod (111122223333)")
    assert said["default"] == said["email"]
    for machine in ("sqs", "https", "lambda"):
        assert json.loads(said[machine])["incident"] == incident(proposed()).id


def test_amazon_q_reads_its_own_form_over_https() -> None:
    """It silently drops a body in any other."""
    said = by_protocol(incident(proposed()), amazon_q=True)
    form = json.loads(said["https"])
    assert said["default"] == said["https"]
    assert (form["version"], form["source"], form["content"]["textType"]) == ("1.0", "custom", "client-markdown")
    assert form["content"]["description"]
    assert said["email"].startswith("prod (111122223333)")


@pytest.mark.parametrize("hostile", TEXTS)
@pytest.mark.parametrize("amazon_q", [False, True])
def test_hostile_text_stays_within_the_topics_limits(hostile: str, amazon_q: bool) -> None:
    """256 KiB with the attributes, an ASCII subject, no empty attribute."""
    for of in (filled(hostile), filled(hostile, advice=True)):
        out = publication(of, replace(SETTINGS, amazon_q=amazon_q), NOW)
        assert len(out["Message"].encode()) + 2_000 < LIMIT
        assert all(a["StringValue"] for a in out["MessageAttributes"].values())
        assert out["Subject"].isascii()
        assert 0 < len(out["Subject"]) < 100
        form = json.loads(json.loads(out["Message"])["https"])
        if amazon_q:
            within(form)


def within(form: dict[str, Any]) -> None:
    """The limits of the custom notification's form."""
    content = form["content"]
    assert len(content["title"]) <= 250
    assert 0 < len(content["description"]) <= 8_000
    assert all(len(step) <= 350 for step in content["nextSteps"])
    assert all(len(word) <= 75 for word in content["keywords"])


def test_what_is_left_out_is_named() -> None:
    """A shorter message says that it is one."""
    whole = notification(incident(proposed()), SETTINGS, NOW)
    shorter = notification(incident(proposed()), SETTINGS, NOW, limit=size(whole) - 1)
    assert shorter["left_out"] == ["formats"]
    assert shorter["fixes"][0]["document"]


def test_subscribers_can_filter_by_status_rule_and_function() -> None:
    """Message attributes, as filter policies read them."""
    attributes = publication(incident(proposed()), SETTINGS, NOW)["MessageAttributes"]
    named = {name: a["StringValue"] for name, a in attributes.items()}
    assert named["status"] == "proposed"
    assert named["rule"] == "s3_object_on_bucket_arn"
    assert named["function"] == "orders-api"


@pytest.mark.parametrize(
    ("refusals", "automatic"),
    [(None, False), ({}, False), ({"person": ()}, False), ({WATCHDOG: ("tag",)}, False), ({WATCHDOG: ()}, True)],
)
def test_only_what_the_guard_lets_pass_unasked_is_called_automatic(
    refusals: dict[str, tuple[str, ...]] | None, automatic: bool
) -> None:
    """An answer that is missing is no yes."""
    assert fix_json(grant(), refusals)["automatic"] is automatic
    assert fix_json(advice(), {WATCHDOG: ()})["automatic"] is False


def test_the_refusals_that_the_story_stores_are_the_ones_that_are_told() -> None:
    """By the names under which they are stored."""
    said = notification(incident(proposed()), SETTINGS, NOW)
    assert said["fixes"][0]["refusals"] == ["tag"]
