"""Which press, window, command, shortcut and event wakes which function: joined from the files that answer them."""

from handlers.slack import buttons, commands, events, focus, shortcuts, windows

ACTIONS = {**buttons.ACTIONS, **focus.ACTIONS}
VIEWS = {**windows.VIEWS, **focus.VIEWS, **shortcuts.VIEWS}
SHORTCUTS = {**shortcuts.SHORTCUTS}
COMMANDS = {**commands.COMMANDS}
EVENTS = {**events.EVENTS}
