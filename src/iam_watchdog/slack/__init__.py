"""Slack's Web API and its request signature."""
