"""Pure: an incident as text, Slack blocks, notification and page."""
