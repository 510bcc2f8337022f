"""How often one address or one network may ask for something that needs no account (docs/decisions/0001)."""

import ipaddress

from allauth.account.adapter import get_adapter
from django.core.cache import cache

from .secret_addresses import hash_of


def network_of(request) -> str:
    """Where a request comes from, by the same rule as the limits of sign-in: one IPv4 address, or the IPv6 network that
    one customer has."""
    found = get_adapter().get_client_ip(request)
    if ":" not in found:
        return found
    return str(ipaddress.ip_network(f"{found.partition('%')[0]}/64", strict=False))


WINDOW = 300  # seconds, as long as the cache keeps a counter


def too_often(what: str, who: str, most: int, now, *, count=True) -> bool:
    """Whether ``who`` did ``what`` more than ``most`` times in these five minutes, this time included.

    ``count`` False only looks. The counter is in the database's cache, as that of sign-in: all processes share it, and
    two at the same moment may count as one.
    """
    key = f"often:{what.replace(' ', '-')}:{hash_of(who)}:{int(now.timestamp()) // WINDOW}"
    before = cache.get(key, 0)
    if count:
        cache.set(key, before + 1, WINDOW)
    return before >= most
