"""Reads template.yaml with CloudFormation's short forms, and points its functions at an uploaded package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

_PLAIN = frozenset({"Ref", "Condition"})


class _Loader(yaml.SafeLoader):
    """Knows !Ref, !Sub and their like."""


def _short_form(loader: Any, suffix: str, node: Any) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in _PLAIN else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_form)


def _as_text(loader: Any, node: Any) -> Any:
    return loader.construct_scalar(node)


# A date in a template is a text: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _as_text)


def load(path: Path) -> dict[str, Any]:
    """The template with long forms only."""
    return dict(yaml.load(path.read_text(), Loader=_Loader))  # noqa: S506 - a SafeLoader


def packaged(template: dict[str, Any], bucket: str, key: str) -> dict[str, Any]:
    """The template as `sam package` would leave it: each local CodeUri replaced by the uploaded package."""
    uploaded = {"Bucket": bucket, "Key": key}
    common = template.get("Globals", {}).get("Function", {})
    if "CodeUri" in common:
        common["CodeUri"] = uploaded
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function" and "CodeUri" in resource["Properties"]:
            resource["Properties"]["CodeUri"] = uploaded
    return template
