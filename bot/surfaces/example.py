"""A ticket that never was: shown as an example, and sent as a sample."""

CUSTOMER = "Hi, I was charged twice for my order in October. Can you help?"
REPLY = (
    "Hello,\n\nI am sorry about the double charge. I have refunded the second payment today; it usually reaches your "
    "account within five working days.\n\nBest regards"
)
TOPIC = "sample"
MODEL = "Assay's sample"
