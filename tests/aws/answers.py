"""An AWS that answers from a table: real botocore clients, checked parameters and shapes, no wire and no order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.loaders import Loader
from botocore.validate import validate_parameters

from tests.aws.listening import Listening

ACCOUNT = "123456789012"
REGION = "eu-west-1"


@dataclass(frozen=True)
class Refusal:
    """What AWS answers instead: an error code with a text and an HTTP status."""

    code: str = "AccessDenied"
    message: str = "User is not authorized"
    status: int = 403


DENIED = Refusal()
THROTTLED = Refusal("Throttling", "Rate exceeded", 400)
BROKEN = Refusal("InternalError", "We encountered an internal error", 500)

type Answer = Mapping[str, Any] | Refusal | Exception
type Reply = Answer | Callable[[Mapping[str, Any]], Answer]


@dataclass
class Answers:
    """`table`: "service:Operation" → the answer, or a function of the parameters; what is not listed must not be
    called, unless `otherwise` answers it."""

    table: dict[str, Reply] = field(default_factory=dict)
    otherwise: Reply | None = None
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    models: Loader | None = None
    """Service models, if they are to be others than botocore's."""

    def clients(self, region: str = REGION) -> Listening:
        """Clients whose every call is answered from the table; one attempt, so that no test waits."""
        return Listening(region, self._remember, self._answer, self.models)

    def session(self, region: str = REGION) -> boto3.Session:
        """The same as a session of its own, for who makes clients himself."""
        session = boto3.Session("AKIDEXAMPLE", "none", region_name=region)
        session.events.register("before-parameter-build", self._remember)
        session.events.register("before-call", self._answer)  # type: ignore[arg-type]
        return session

    def named(self, operation: str) -> list[dict[str, Any]]:
        """The parameters of each call of one operation."""
        return [params for name, params in self.asked if name == operation]

    def _remember(self, params: dict[str, Any], model: Any, context: dict[str, Any], **_: object) -> None:
        context["asked"] = dict(params)
        self.asked.append((f"{model.service_model.service_name}:{model.name}", dict(params)))

    def _answer(self, model: Any, context: dict[str, Any], **_: object) -> tuple[Any, dict[str, Any]]:
        name = f"{model.service_model.service_name}:{model.name}"
        reply = self.table.get(name, self.otherwise)
        answer = reply(context["asked"]) if callable(reply) else reply
        if answer is None:
            raise AssertionError(f"{name} was called and is not in the table")
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Refusal):
            return refused(answer)
        if model.output_shape is not None:
            validate_parameters(dict(answer), model.output_shape)
        return _Http(200), {**deepcopy(dict(answer)), "ResponseMetadata": {"HTTPStatusCode": 200}}


@dataclass(frozen=True)
class _Http:
    status_code: int
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: None = None


def refused(refusal: Refusal) -> tuple[Any, dict[str, Any]]:
    """The refusal as botocore hands it on."""
    error = {"Code": refusal.code, "Message": refusal.message}
    return _Http(refusal.status), {"Error": error, "ResponseMetadata": {"HTTPStatusCode": refusal.status}}
