"""Real processes of the bot are killed, cut off and starved while people work; what people saw must still be true."""
