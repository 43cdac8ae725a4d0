"""Clients to whose calls one test listens; the botocore clients behind them are made once for all tests.

Making a client costs more than all that a test calls, and what makes them differ is only who listens.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import cache
from typing import Any

import boto3
import botocore.session
from botocore.hooks import HierarchicalEmitter
from botocore.loaders import Loader

from iam_watchdog.aws.clients import Clients


class Listening(Clients):
    """Clients with one attempt; `before` hears the parameters of each call, `answer` gives what AWS would.

    `hooks`: event → who hears it; not the session's, which all tests share.
    """

    def __init__(
        self, region: str, before: Callable[..., Any], answer: Callable[..., Any], models: Loader | None = None
    ) -> None:
        """models: service models, if they are to be others than botocore's."""
        self._shared = _shared(region, models)
        super().__init__(self._shared.session, None, region, attempts=1)
        self.hooks = {"before-parameter-build": before, "before-call": answer}

    def _make(self, *key: Any) -> Any:
        """A copy of the shared client, with an ear of its own."""
        made = self._shared.get(key[0], region=key[1], attempts=key[2], read_timeout=key[3])
        client = object.__new__(type(made))  # A client cannot be copied: it looks itself up in what is not there yet.
        vars(client).update(vars(made), meta=copy(made.meta))
        client.meta.events = ear = _Ear(client.meta.events)
        for event, hook in self.hooks.items():
            ear.register(event, hook)
        ear.register_first("before-call", self._count)
        return client


class _Ear(HierarchicalEmitter):
    """What one test registered, beside what all clients of its kind listen to."""

    def __init__(self, shared: Any) -> None:
        super().__init__()
        self._shared = shared

    def emit(self, event_name: str, **kwargs: Any) -> Any:
        """Ours last: botocore may have completed the parameters by then."""
        return self._shared.emit(event_name, **kwargs) + super().emit(event_name, **kwargs)

    def emit_until_response(self, event_name: str, **kwargs: Any) -> Any:
        """Ours first: whoever answers is the last to hear."""
        heard = super().emit_until_response(event_name, **kwargs)
        return heard if heard[1] is not None else self._shared.emit_until_response(event_name, **kwargs)


@cache
def _shared(region: str, models: Loader | None) -> Clients:
    """The clients that are made once."""
    inner = botocore.session.Session()
    if models is not None:
        inner.register_component("data_loader", models)
    keys = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "none"}
    return Clients(boto3.Session(botocore_session=inner, region_name=region, **keys), None, region, attempts=1)
