"""Which press, window, search, command and event wakes which function: joined from the files that answer them."""

from handlers.slack import buttons, commands, events, focus, home, setup, windows

ACTIONS = {**buttons.ACTIONS, **focus.ACTIONS, **setup.ACTIONS, **home.ACTIONS}
VIEWS = {**windows.VIEWS, **focus.VIEWS, **setup.VIEWS}
OPTIONS = {**setup.OPTIONS}
COMMANDS = {**commands.COMMANDS}
EVENTS = {**events.EVENTS, **home.EVENTS}
