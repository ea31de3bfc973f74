"""Which press, window, command and event wakes which function: joined from the files that answer them."""

from handlers.slack import buttons, commands, events, focus, home, windows

ACTIONS = {**buttons.ACTIONS, **focus.ACTIONS, **home.ACTIONS}
VIEWS = {**windows.VIEWS, **focus.VIEWS}
COMMANDS = {**commands.COMMANDS}
EVENTS = {**events.EVENTS, **home.EVENTS}
