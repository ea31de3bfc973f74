"""What is computed from labels, texts and counts: pure functions on values, each held against published figures.

Nothing here knows a database, a clock or a draft. An estimate has its n and interval, or a reason why it has none.
"""
