"""Reads all functions of the Region in few calls: one account dump for the roles, pages for everything else."""

from iam_watchdog.aws.survey.account import Account

__all__ = ["Account"]
