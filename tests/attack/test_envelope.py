"""Home-made deliveries to Detect: wrong shapes are refused by name, wrong places change nothing, bombs are cut."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from iam_watchdog import records, story
from iam_watchdog.aws.table import packed as stored
from iam_watchdog.detect import denials, subscription
from iam_watchdog.handlers import detect
from tests.attack.judgement import assert_real_one_is_told, assert_repelled, assert_unmoved
from tests.attack.siege import GROUND, GROUP, OTHERS, REAL, STREAM, delivery, genuine, packed, printed, refusal, world
from tests.aws.answers import ACCOUNT, REGION
from tests.drive import deliver
from tests.handlers.events import Context

NOT_OURS: dict[str, Any] = {
    "nothing": {},
    "no data": {"awslogs": {}},
    "data that is null": {"awslogs": {"data": None}},
    "data that is a list": {"awslogs": {"data": ["x"]}},
    "logs that are text": {"awslogs": "x"},
    "no base64": {"awslogs": {"data": "%%%"}},
    "half of base64": {"awslogs": {"data": "H4sIA"}},
    "letters outside ASCII": {"awslogs": {"data": "ÄÖÜ="}},
    "no gzip": {"awslogs": {"data": base64.b64encode(b"hello").decode()}},
    "empty gzip": packed(""),
    "no JSON": packed("hello"),
    "a list": packed("[]"),
    "a text": packed('"x"'),
    "null": packed("null"),
    "deep nesting": packed("[" * 200_000),
    "a queue's batch": {"Records": []},
    "a CloudTrail event": {"detail": {"eventID": "x"}},
}


@pytest.mark.filterwarnings("ignore:No application metrics")
@pytest.mark.parametrize("event", NOT_OURS.values(), ids=NOT_OURS.keys())
def test_what_is_no_delivery_is_refused_by_the_name_of_its_field(event: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"awslogs\.data"):
        detect.handler(event, Context())


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_an_ordinary_delivery_needs_no_deployment_at_all() -> None:
    """No environment is set here: an ordinary batch makes no client and reads no setting."""
    assert detect.handler(delivery("hello", "all is well"), Context()) == {"denials": 0, "sent": 0}


SHAPES: dict[str, Any] = {
    "an event that is text": "x",
    "an event that is null": None,
    "an event that is a list": [1],
    "no message": {"id": "1", "timestamp": 1},
    "a message that is a number": {"id": "1", "timestamp": 1, "message": 7},
    "a message that is an object": {"id": "1", "timestamp": 1, "message": {"User": "x"}},
    "no time": {"id": "1", "message": refusal("iam:PassRole", "*")},
    "a time that is text": {"id": "1", "timestamp": "now", "message": refusal("iam:PassRole", "*")},
    "a time before time": {"id": "1", "timestamp": -(10**17), "message": refusal("iam:PassRole", "*")},
    "a time after time": {"id": "1", "timestamp": 253402300799000, "message": refusal("iam:PassRole", "*")},
    "a time without end": {"id": "1", "timestamp": 10**300, "message": refusal("iam:PassRole", "*")},
    "a time that is no number": {"id": "1", "timestamp": float("nan"), "message": refusal("iam:PassRole", "*")},
    "a time that is infinite": {"id": "1", "timestamp": float("inf"), "message": refusal("iam:PassRole", "*")},
    "a time that is true": {"id": "1", "timestamp": True, "message": refusal("iam:PassRole", "*")},
    "an id that is a list": {"id": ["e1"], "timestamp": 1, "message": refusal("iam:PassRole", "*")},
    "no id": {"timestamp": 1, "message": refusal("iam:PassRole", "*")},
    "the id of the real event": {"id": "e1", "timestamp": 1, "message": refusal("iam:PassRole", "*")},
    "half a letter": {"id": "\ud800", "timestamp": 1, "message": refusal("iam:PassRole", "*") + "\ud800"},
    "fields of its own": {"id": "1", "timestamp": 1, "message": "x", "witness": "config", "function": "admin"},
}


@pytest.mark.parametrize("event", SHAPES.values(), ids=SHAPES.keys())
def test_a_broken_event_holds_no_other(event: Any) -> None:
    made = world()
    body = json.loads(gzip.decompress(base64.b64decode(delivery("x", REAL)["awslogs"]["data"])))
    body["logEvents"][0] = event
    batch = subscription.unpack(packed(body))
    story.notice(denials.from_batch(batch, GROUND), made.noticing)
    deliver(made)
    assert_repelled(made)
    assert_real_one_is_told(made)


PLACES: dict[str, dict[str, Any]] = {
    "another account's group": {"owner": OTHERS},
    "an account of letters": {"owner": "admin\u202e<b>"},
    "no account": {"owner": ""},
    "an account that is a list": {"owner": [ACCOUNT]},
    "another function's group": {"group": "/aws/lambda/billing"},
    "a group of no function": {"group": "/var/log/messages"},
    "a group with a path": {"group": "/aws/lambda/../../orders"},
    "a group with a line break": {"group": "/aws/lambda/orders\n"},
    "the watchdog's own group": {"group": "/aws/lambda/iam-watchdog-remediate"},
    "a group like the watchdog's own": {"group": "/aws/lambda/iam-watchdog-remediate-2"},
    "a stream named after another function": {"stream": "2026/11/23/billing[$LATEST]0123456789abcdef"},
    "a stream named after the watchdog": {"stream": "2026/11/23/iam-watchdog-remediate[$LATEST]0123"},
    "a stream with a path": {"stream": "2026/11/23/../admin[$LATEST]0123"},
    "a stream of markup": {"stream": "2026/11/23/[$LATEST]<script>alert(1)</script>"},
    "a stream of colours": {"stream": "2026/11/23/[$LATEST]\x1b[31m\u202e"},
    "an API's log": {"group": "API-Gateway-Execution-Logs_x/prod", "stream": "a"},
    "a topic's log": {"group": f"sns/{REGION}/{ACCOUNT}/orders/Failure", "stream": "a"},
    "a control message": {"messageType": "CONTROL_MESSAGE"},
    "a group that is a list": {"logGroup": [GROUP]},
    "a stream that is null": {"logStream": None},
    "a version that is long": {"stream": "2026/11/23/[99999999999999999999]x"},
}


@pytest.mark.parametrize("where", PLACES.values(), ids=PLACES.keys())
def test_a_place_of_its_own_making_changes_nothing_and_hides_nothing(where: dict[str, Any]) -> None:
    """The forgery first, from elsewhere; then what the function really meets."""
    made = world()
    printed(made, REAL, refusal("iam:PassRole", "*"), **where)
    assert_repelled(made)
    printed(made, "a line that makes its ids differ", REAL)
    assert_repelled(made)
    assert_real_one_is_told(made)


def test_a_stream_named_after_another_function_does_not_speak_for_it() -> None:
    """Whoever may create streams in a group of its own can name them; the group tells whose word it is."""
    made = world()
    printed(made, REAL, group="/aws/lambda/billing", stream="2026/11/23/orders[$LATEST]0123456789abcdef")
    (forged,) = made.facts.listing()
    assert forged.denial.function == "orders"
    printed(made, "x", REAL)
    assert_real_one_is_told(made)
    assert len(made.facts.listing()) == 2


def test_a_bomb_is_cut_and_said_to_be_cut() -> None:
    """A thousandfold of what it weighs: what was unpacked is read, and that there was more is told."""
    made = world()
    printed(made, REAL, *("A" * 1_000_000 for _ in range(20)))
    assert_repelled(made)
    assert_real_one_is_told(made)
    assert "truncated" in {incident.denial.scope for incident in made.facts.listing()}


def test_a_megabyte_before_the_real_one_in_one_event_is_said_to_be_cut() -> None:
    """A forgery at the front does not hide that more was refused behind what is read."""
    made = world()
    printed(made, f"{refusal('iam:PassRole', '*')} {'A' * 400_000} {REAL}")
    assert_repelled(made)
    assert "truncated" in {incident.denial.scope for incident in made.facts.listing()}


def test_more_forgeries_than_are_read_of_one_event_are_said_to_be_more() -> None:
    made = world()
    printed(made, " ".join(refusal(f"s3:Get{n:03d}x") for n in range(70)) + f" {REAL}")
    assert_unmoved(made)
    assert "truncated" in {incident.denial.scope for incident in made.facts.listing()}


def _megabytes() -> Iterator[tuple[str, str]]:
    for name, resource in {
        "one letter": "A" * 200_000,
        "letters that do not compress": "".join(chr(33 + (n * 7919 + n // 93 * 31) % 90) for n in range(200_000)),
        "slashes": "/a" * 100_000,
        "colons": ":" * 200_000,
    }.items():
        yield name, refusal(resource=f"arn:aws:s3:::shop-orders/{resource}")
    yield "a principal", refusal(principal="arn:aws:sts::123456789012:assumed-role/" + "r" * 200_000 + "/x")
    yield "an action", refusal("s3:" + "G" * 200_000)
    yield "a thousand sentences", " ".join(refusal(resource=f"arn:aws:s3:::b{n}/x/y") for n in range(1_000))


@pytest.mark.parametrize(("name", "line"), tuple(_megabytes()), ids=lambda value: value if len(str(value)) < 50 else "")
def test_a_field_of_a_megabyte_stays_small_where_it_is_kept(name: str, line: str) -> None:
    """An item of the table holds 400 KB; one that does not fit would keep its whole delivery out."""
    found = denials.from_batch(subscription.unpack(delivery(line, REAL)), GROUND)
    assert genuine().fingerprint in {denial.fingerprint for denial in found}
    for denial in found:
        (value,) = stored(records.dump(denial)).values()
        assert len(value) < 200_000, name


def test_the_real_streams_name_is_what_the_cases_use() -> None:
    """The twin: from its own group and stream it binds."""
    made = world()
    printed(made, REAL, group=GROUP, stream=STREAM)
    assert_real_one_is_told(made)
