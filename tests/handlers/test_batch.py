"""One message at a time: the good are taken, the bad come again, and nothing of a message is logged."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from iam_watchdog import clicks, records
from iam_watchdog.handlers import trail
from iam_watchdog.handlers.batch import each, step_of
from iam_watchdog.model import Step, StepKind
from tests.handlers.events import Context, sqs


def test_only_what_failed_comes_again(capsys: pytest.CaptureFixture[str]) -> None:
    taken: list[dict[str, Any]] = []

    def take(body: dict[str, Any]) -> None:
        if "secret" in body:
            raise ValueError(body["secret"])
        taken.append(body)

    answer = each(sqs({"n": 1}, {"secret": "hunter2"}, "no json", '["a list"]', {"n": 2}), Context(), take)
    assert answer == {"batchItemFailures": [{"itemIdentifier": f"m{n}"} for n in (1, 2, 3)]}
    assert taken == [{"n": 1}, {"n": 2}]
    assert "hunter2" not in capsys.readouterr().out


@pytest.mark.parametrize("event", [{}, {"Records": None}, {"source": "aws.events"}, None, []])
def test_an_event_of_another_kind_is_refused(event: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=r"event\.Records"):
        each(event, Context(), print)


def test_a_step_is_read_strictly() -> None:
    step = Step("a" * 20, 1, StepKind.APPLY, "p", "U1", "n")
    assert step_of(records.dump(step)) == step
    for bent in ({"kind": "grant"}, {"cycle": "1"}, {"policy": "*"}, {"incident": None}, {"cycle": True}):
        with pytest.raises(records.Unreadable):
            step_of({**records.dump(step), **bent})


@pytest.mark.filterwarnings("ignore:No application metrics")
@pytest.mark.parametrize("event", [None, [], {"detail": "x"}])
def test_trail_says_what_it_takes(event: Any) -> None:
    with pytest.raises(TypeError, match=r"event\.detail"):
        trail.handler(event, Context())


@pytest.mark.parametrize("event", [None, [], {}])
def test_a_click_without_a_body_is_none(event: Any) -> None:
    with pytest.raises(clicks.Rejected, match="body"):
        clicks.signed_body(event, "secret", datetime.now(UTC))
