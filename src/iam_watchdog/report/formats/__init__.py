"""A fix in its user's own terms: one file per output language, each exactly the proven grant."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from iam_watchdog.model import AddInvokePermission, Fix, Guardrail
from iam_watchdog.records import digest, dump
from iam_watchdog.report.formats import as_json, cdk, cli, cloudformation, sam, terraform
from iam_watchdog.report.formats.short_sam import ShortSam, short_sam

FORMATS: Mapping[str, Callable[[Fix | Guardrail, str], str]] = {
    "json": as_json.write,
    "sam": sam.write,
    "cloudformation": cloudformation.write,
    "cli": cli.write,
    "terraform": terraform.write,
    "cdk": cdk.write,
}


def render(fix: Fix | Guardrail, name: str = "") -> Mapping[str, str]:
    """The fix in every language by its name; "" where nothing can be written (an advice in words only)."""
    return {language: write(fix, name or proposed_name(fix)) for language, write in FORMATS.items()}


def proposed_name(fix: Fix | Guardrail) -> str:
    """A policy name or statement id that says where it came from and is the same for the same fix."""
    kinds = {AddInvokePermission: "invoke", Guardrail: "guardrail"}
    what = kinds.get(type(fix), "proposal")
    return f"iam-watchdog-{what}-{digest(dump(fix))[:10]}"


__all__ = ["FORMATS", "ShortSam", "proposed_name", "render", "short_sam"]
