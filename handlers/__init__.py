"""What wakes Assay: Slack's listeners, HTTP routes, the clock, the command line."""
