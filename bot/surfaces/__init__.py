"""What people see, a file for each surface: pure functions from values to Slack's blocks, and every screen text."""
