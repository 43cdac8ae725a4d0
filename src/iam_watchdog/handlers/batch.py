"""One SQS message at a time; only the failed ones come again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from iam_watchdog import records
from iam_watchdog.handlers.telemetry import logger
from iam_watchdog.model import Step


def each(event: dict[str, Any], context: Any, take: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Give each message's JSON object to `take`; a failure is logged by its name and that message comes again."""
    if not isinstance(event, dict) or not isinstance(event.get("Records"), list) or not event["Records"]:
        raise TypeError("event.Records: expected an SQS event; only this stack's queues may call this function")

    def one(record: SQSRecord) -> None:
        try:
            body = json.loads(record.body)
            if not isinstance(body, dict):
                raise TypeError("body: expected a JSON object")  # noqa: TRY301
            take(body)
        except Exception as failure:
            logger.warning("message kept for a retry", message_id=record.message_id, failure=type(failure).__name__)
            logger.debug("why", why=str(failure)[:500])
            raise

    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    answer = process_partial_response(event=event, record_handler=one, processor=processor, context=context)
    return cast("dict[str, Any]", answer)


def step_of(body: dict[str, Any]) -> Step:
    """Read a step message. Raises Unreadable, naming the field, for anything that this stack did not send."""
    return records.load(Step, body)
