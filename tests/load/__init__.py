"""Real processes of the bot under many people's clicks, with the sandbox for Slack. No test."""
