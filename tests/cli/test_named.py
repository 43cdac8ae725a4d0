"""A function as the command line names it: what is no name is refused, and an ARN is not read as another's name."""

from __future__ import annotations

import argparse

import pytest

from iam_watchdog_cli.named import Named, function

ARN = "arn:aws:lambda:eu-west-1:111122223333:function:orders"


@pytest.mark.parametrize("text", ["", "two words", "bad!", "a" * 65, "arn:aws:s3:::orders", f"{ARN}:a:b", "orders\n"])
def test_what_names_no_function_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is no name and no ARN of a function"):
        function(text)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("orders", Named("orders")),
        ("orders:live", Named("orders", "live")),
        ("orders:$LATEST", Named("orders", "$LATEST")),
        (ARN, Named("orders", "", "eu-west-1", "111122223333")),
        (f"{ARN}:12", Named("orders", "12", "eu-west-1", "111122223333")),
        (ARN.replace("aws:", "aws-us-gov:", 1), Named("orders", "", "eu-west-1", "111122223333")),
    ],
)
def test_a_name_or_an_arn_is_taken_apart(text: str, named: Named) -> None:
    assert function(text) == named


def test_a_function_of_another_account_or_region_is_not_looked_for_here() -> None:
    assert function("orders").elsewhere("999999999999", "us-east-1") == ""
    assert function(ARN).elsewhere("111122223333", "eu-west-1") == ""
    assert "account 111122223333" in function(ARN).elsewhere("999999999999", "eu-west-1")
    assert "--region eu-west-1" in function(ARN).elsewhere("111122223333", "us-east-1")
