"""Slack's listeners: which press, window, command and event wakes which function."""
