"""The HTTP routes: Slack's door, the API, health."""
