"""The iam-watchdog command, one file for each subcommand; never imported by iam_watchdog."""
