"""What Assay does: rules that are pure, and deeds that use rules, storage and Slack's client."""
