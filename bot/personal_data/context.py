"""Words around a number that say what it is, in the languages customers write most often."""

import re

_BEFORE, _AFTER = 48, 16

_REFERENCE = re.compile(
    r"(?:\b(?:order|ticket|invoice|booking|reservation|case|reference|ref|confirmation|tracking|transaction"
    r"|payment|shipment|parcel|package|delivery|article|item|product|sku|isbn|ean|imei|serial|claim|request|receipt"
    r"|rma|build|revision|commit|timestamp|quote|bestellung|bestellnummer|auftrag|auftragsnummer|rechnung"
    r"|rechnungsnummer|sendung|sendungsnummer|kundennummer|commande|facture|pedido|factura|ordine|fattura)s?"
    r"(?:[ _]?(?:id|no|nr|num|number|code|ref))?|\b(?:id|po)|№|#)"
    r"[ .:#=()\"'-]{0,4}(?:(?:is|was|are)[ :]{1,2})?[\"'(#]?$",
    re.IGNORECASE,
)
_PHONE_BEFORE = re.compile(
    r"phone|mobile|mobil|\bcell|whats ?app|\btel\b|\bcall|\bfax|\bsms\b|\bring\b|\bdial|\bdesk\b|\bhandy|telefo"
    r"|téléphone|móvil|\bportable|\bregistered\b|\breach\b|\bcontact|answering at|messages? to",
    re.IGNORECASE,
)
_PHONE_AFTER = re.compile(r"[ ,(-]{0,3}(?:office|mobile|fax|home|cell|desk|work)\b", re.IGNORECASE)


def before(text: str, start: int) -> str:
    return text[max(0, start - _BEFORE) : start]


def around(text: str, start: int, end: int) -> str:
    return before(text, start) + "\n" + text[end : end + _AFTER]


def is_reference(text: str, start: int) -> bool:
    """Whether the words right before call it an order, a ticket, a parcel: no person's number."""
    return _REFERENCE.search(before(text, start)) is not None


def speaks_of_phones(text: str, start: int, end: int) -> bool:
    return bool(_PHONE_BEFORE.search(before(text, start)) or _PHONE_AFTER.match(text, end))


def stands_alone(text: str, start: int, end: int) -> bool:
    """Whether its line holds nothing else: an answer to "what is your number?"."""
    left = text[max(0, start - _BEFORE) : start].rpartition("\n")[2]
    right = text[end : end + _AFTER].partition("\n")[0]
    return not left.strip(" .:-") and not right.strip(" .!-")
