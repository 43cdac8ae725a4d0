"""Evaluates Fn::Join inside a template's conditions, which the emulator takes for a value that equals nothing.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def install() -> None:
    """Join before the emulator decides, wherever it does."""
    from ministack.services.cloudformation import changesets, engine, handlers, provisioners, stacks

    decide = _joining(engine._evaluate_conditions)
    for module in (engine, changesets, handlers, provisioners, stacks):
        if hasattr(module, "_evaluate_conditions"):
            module._evaluate_conditions = decide


def _joining(original: Callable[..., dict[str, bool]]) -> Callable[..., dict[str, bool]]:
    def evaluate(template: dict[str, Any], params: dict[str, Any]) -> dict[str, bool]:
        return original({**template, "Conditions": joined(template.get("Conditions", {}), params)}, params)

    return evaluate


def joined(node: Any, params: Mapping[str, Mapping[str, Any]]) -> Any:
    """The same conditions with each Fn::Join put in as text."""
    if isinstance(node, list):
        return [joined(item, params) for item in node]
    if not isinstance(node, Mapping):
        return node
    if "Fn::Join" in node:
        between, items = node["Fn::Join"]
        return str(between).join(_texts(items, params))
    return {name: joined(value, params) for name, value in node.items()}


def _texts(items: Any, params: Mapping[str, Mapping[str, Any]]) -> list[str]:
    if isinstance(items, Mapping):
        return [word.strip() for word in str(params[items["Ref"]]["Value"]).split(",")]
    return [str(params[item["Ref"]]["Value"]) if isinstance(item, Mapping) else str(item) for item in items]
