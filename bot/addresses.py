"""Which addresses of the internet may be called for somebody else: none that leads back into the operator's network.

Special addresses are those of IANA's registries (https://www.iana.org/assignments/iana-ipv4-special-registry,
https://www.iana.org/assignments/iana-ipv6-special-registry), written out so that every Python judges alike.
"""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_SPECIAL_4 = tuple(
    IPv4Network(one)
    for one in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # in no registry: Azure's host answers there, to its own machines only
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, and all that is reserved above it
    )
)
_UNICAST_6 = IPv6Network("2000::/3")
_SPECIAL_6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20")))
# Where the last 32 bits, or those after the first 16, are an IPv4 address that is reached in the end.
_ENDING_IN_4 = tuple(map(IPv6Network, ("::ffff:0:0/96", "64:ff9b::/96")))
_SIX_TO_FOUR = IPv6Network("2002::/16")
_NAME = re.compile(r"(?!-)[a-z0-9_.-]{1,253}(:[0-9]{1,5})?")


def is_special(address: Address) -> bool:
    """Whether an address is private, local, of a cloud's metadata, multicast or reserved, also wrapped in IPv6."""
    if isinstance(address, IPv4Address):
        return any(address in network for network in _SPECIAL_4)
    if address.scope_id is not None:
        return True
    if any(address in network for network in _ENDING_IN_4):
        return is_special(IPv4Address(int(address) & 0xFFFF_FFFF))
    if address in _SIX_TO_FOUR:
        return is_special(IPv4Address(int(address) >> 80 & 0xFFFF_FFFF))
    return address not in _UNICAST_6 or any(address in network for network in _SPECIAL_6)


def household(written: str) -> str:
    """Who stands behind an address: in IPv6 one house has as many as it likes of one network."""
    try:
        address = ipaddress.ip_address(written.partition("%")[0])
    except ValueError:
        return written
    return written if isinstance(address, IPv4Address) else str(IPv6Network((int(address) >> 64 << 64, 64)))


@dataclass(frozen=True)
class Allowed:
    """What the operator lets be called all the same: names (`hooks.internal`, with or without a port) and networks."""

    names: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, written: str) -> "Allowed":
        """What ASSAY_ALLOW_PRIVATE_URLS says. Raises ValueError for what is neither a name nor a network."""
        names, networks = set[str](), list[Network]()
        for one in _listed(written):
            try:
                networks.append(ipaddress.ip_network(one))
            except ValueError:
                if not _NAME.fullmatch(one.lower()):
                    raise
                names.add(one.lower())
        return cls(frozenset(names), tuple(networks))

    def by_name(self, host: str, port: int) -> bool:
        host = host.lower().rstrip(".")
        return host in self.names or f"{host}:{port}" in self.names

    def address(self, address: Address) -> bool:
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return any((mapped or address) in network for network in self.networks)


def _listed(written: str) -> Iterator[str]:
    yield from filter(None, (one.strip() for one in written.split(",")))
