"""What a person reads in their browser after they let the app into their workspace, or did not."""

from html import escape

from storage.models import Workspace

CANCELLED = "You did not let Assay into your workspace. Nothing was installed."
STRAYED = (
    "This address is where Slack sends people back to while they install Assay, and this visit did not begin here, or "
    "began more than ten minutes ago. Nothing was installed."
)
AWAY = "The database is away, so nothing was installed."
NEXT = "Next, in Slack: invite Assay to a channel with /invite @Assay, then type /assay setup there."


def installed(workspace: Workspace) -> str:
    """The app is in; what comes next."""
    link = f'<p><a href="{escape(workspace.url)}">Open {escape(workspace.name or "Slack")}</a></p>'
    return _page(f"Assay is in {workspace.name or 'your workspace'}", NEXT, link)


def not_installed(why: str) -> str:
    """Why not, and the way to try again."""
    return _page("Assay was not installed", why, '<p><a href="/slack/install">Install it again</a></p>')


def _page(title: str, words: str, more: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1><p>{escape(words)}</p>{more}</main></body></html>"
    )


STYLE = (
    "body{margin:0;background:#f7f4ec;color:#2b2413;font:17px/1.5 system-ui,sans-serif}"
    "main{max-width:34rem;margin:12vh auto;padding:0 1.5rem}h1{font-size:1.6rem}a{color:#7a4b00}"
    "@media(prefers-color-scheme:dark){body{background:#1f1b12;color:#f0e9d8}a{color:#f0b752}}"
)
