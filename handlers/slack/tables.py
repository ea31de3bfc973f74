"""Which press, window, search, command, shortcut and event wakes which function: joined from those that answer."""

from handlers.slack import audit, buttons, commands, events, focus, home, keeping, setup, shortcuts, windows

ACTIONS = {**buttons.ACTIONS, **focus.ACTIONS, **setup.ACTIONS, **home.ACTIONS, **audit.ACTIONS, **keeping.ACTIONS}
VIEWS = {**windows.VIEWS, **focus.VIEWS, **setup.VIEWS, **shortcuts.VIEWS}
OPTIONS = {**setup.OPTIONS}
SHORTCUTS = {**shortcuts.SHORTCUTS}
COMMANDS = {**commands.COMMANDS}
EVENTS = {**events.EVENTS, **home.EVENTS}
