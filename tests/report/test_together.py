"""What people read when one fix ends several calls: which they are, that one fix ends them, and nothing as markup."""

from __future__ import annotations

import json
from dataclasses import replace

from iam_watchdog.model import Also, Incident
from iam_watchdog.report import html, sns
from iam_watchdog.report.amazon_q import amazon_q
from iam_watchdog.report.buttons import appliable
from iam_watchdog.report.notification import notification
from iam_watchdog.report.slack import message
from iam_watchdog.report.slack_body import shown_whole
from iam_watchdog.report.slack_text import as_text
from iam_watchdog.report.text import mail_subject, text
from iam_watchdog.report.words import TOGETHER, first_line
from iam_watchdog.status import derive
from iam_watchdog.together import SHOWN_WHOLE, join, readable
from tests.report.incidents import ACCOUNT, BUCKET_KEY, NOW, SETTINGS, denial, diagnosis, incident, proposed
from tests.report.test_html import Reader, assert_inert
from tests.rules.cases import REGION, evidence
from tests.test_together import part

TABLE = f"arn:aws:dynamodb:eu-central-1:{ACCOUNT}:table/orders"
ASKS = Also("0123456789abcdef0123", denial(action="dynamodb:GetItem", resource=TABLE, scope=TABLE))
SENDS = Also("fedcba98765432100123", denial(action="sqs:SendMessage", resource="<!channel>", scope="q"))


def joint(*also: Also) -> Incident:
    return incident(proposed(also=also))


def test_one_call_alone_has_no_list() -> None:
    alone = joint()
    for said in (text(alone, SETTINGS, NOW), as_text(message(alone, SETTINGS, NOW).blocks)):
        assert TOGETHER not in said
        assert "more call" not in said
    assert 'id="ends"' not in html.page(alone, SETTINGS, NOW)
    assert notification(alone, SETTINGS, NOW)["also"] == []


def test_the_first_line_stays_about_the_first_call_and_says_how_many_more() -> None:
    assert f"s3:GetObject refused on {BUCKET_KEY} and 1 more call · " in first_line(joint(ASKS), SETTINGS, NOW)
    assert " and 2 more calls · " in first_line(joint(ASKS, SENDS), SETTINGS, NOW)
    assert message(joint(ASKS), SETTINGS, NOW).text.count("and 1 more call") == 1


def test_a_subject_that_is_cut_still_says_how_many_more() -> None:
    long = replace(joint(ASKS), denial=denial(resource=f"arn:aws:s3:::{'b' * 63}/{'k' * 300}"))
    assert mail_subject(long, NOW).endswith("... and 1 more call")
    assert len(mail_subject(long, NOW)) <= 99


def test_every_channel_lists_each_call_that_the_one_fix_ends() -> None:
    found = joint(ASKS, SENDS)
    page, sent = html.page(found, SETTINGS, NOW), sns.publication(found, SETTINGS, NOW)
    told = [text(found, SETTINGS, NOW), as_text(message(found, SETTINGS, NOW).blocks, width=1_000), page]
    told += [json.loads(sent["Message"])["email"], json.dumps(amazon_q(found, SETTINGS, NOW))]
    for said in told:
        assert TOGETHER in said
        assert "s3:GetObject refused on" in said
        assert "dynamodb:GetItem refused on" in said
    machines = json.loads(json.loads(sent["Message"])["sqs"])
    assert machines["also"] == [
        {"incident": ASKS.incident, "action": "dynamodb:GetItem", "resource": TABLE},
        {"incident": SENDS.incident, "action": "sqs:SendMessage", "resource": "<!channel>"},
    ]
    assert_inert(Reader(page))
    assert "<!channel>" not in json.dumps(amazon_q(found, SETTINGS, NOW))


def test_the_question_before_apply_says_for_how_many_calls_it_is() -> None:
    assert "For 2 refused calls: add role statements on" in json.dumps(message(joint(ASKS), SETTINGS, NOW).blocks)
    assert "refused calls" not in json.dumps(message(joint(), SETTINGS, NOW).blocks)


def test_what_may_join_is_shown_whole_so_that_a_person_can_say_yes() -> None:
    """As many long names as may be put together still leave the button."""
    parts = [part("dynamodb:GetItem", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{'t' * 240}{n}") for n in range(12)]
    most = next(n for n in range(12, 0, -1) if readable(parts[:n]))
    assert 4 < most < 12
    assert not readable(parts[: most + 1])
    made = join([replace(one, evidence=evidence()) for one in parts[:most]])
    assert made
    found = proposed(diagnosis(made.fix))
    assert shown_whole(found)
    assert appliable(found, derive(incident(found), NOW))
    assert SHOWN_WHOLE < 2_900
