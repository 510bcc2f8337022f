"""How a place's name is recognised however it is written."""

import re

_TAILS = (" probation delivery unit", " pdu", " probation region", " region")


def name_key(name: str) -> str:
    """The name as it is compared: case, ``&`` for ``and``, a comma before ``and``, and white space don't count.

    >>> name_key("Hammersmith, Fulham, Kensington, Chelsea, & Westminster")
    'hammersmith, fulham, kensington, chelsea and westminster'
    """
    key = " ".join(name.replace("&", " and ").replace("\u2019", "'").split()).casefold()
    key = re.sub(r"\s+,", ",", key)
    return re.sub(r",\s*and\b", " and", key)


def bare_name_key(name: str) -> str:
    """`name_key` without a leading "the" and without the kind of place at the end ("PDU", "region")."""
    key = name_key(name).removeprefix("the ")
    for tail in _TAILS:
        key = key.removesuffix(tail)
    return key.strip(" ,:")
