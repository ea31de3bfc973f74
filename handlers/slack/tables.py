"""Which press, window, command and event wakes which function: joined from the files that answer them."""

from handlers.slack import buttons, commands, events, windows

ACTIONS = {**buttons.ACTIONS}
VIEWS = {**windows.VIEWS}
COMMANDS = {**commands.COMMANDS}
EVENTS = {**events.EVENTS}
