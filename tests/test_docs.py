"""What the documents name is there."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def test_every_picture_is_listed_and_every_listed_picture_is_there() -> None:
    listed = re.findall(r"images/([\w-]+\.png)", (DOCS / "screens.md").read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(picture.name for picture in (DOCS / "images").glob("*.png"))


def test_links_between_documents_lead_somewhere() -> None:
    for document in (DOCS.parent / "README.md", *DOCS.glob("*.md")):
        for link in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / link).exists(), f"{document.name} leads to {link}"
