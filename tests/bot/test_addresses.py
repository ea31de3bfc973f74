"""No address that leads back into somebody's network passes, however it is written."""

import ipaddress
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.addresses import Allowed, household, is_special

INSIDE = (
    "0.0.0.0",
    "10.1.2.3",
    "100.100.100.200",  # Alibaba's metadata
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",  # Azure's host
    "169.254.169.254",  # metadata of most clouds
    "172.31.255.255",
    "192.0.0.192",  # Oracle's metadata
    "192.168.0.1",
    "198.19.255.255",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::1",
    "2001::1",  # Teredo
    "2001:db8::1",
    "2002:7f00:1::",  # 6to4 of 127.0.0.1
    "3fff::1",
    "5f00::1",
    "fd00:ec2::254",  # Amazon's metadata
    "fe80::1",
    "fe80::1%1",
    "2606:4700::1%1",
    "ff02::1",
)
OUTSIDE = ("1.1.1.1", "93.184.216.34", "172.32.0.1", "192.1.0.1", "2606:4700::1111", "2a00:1450::1", "::ffff:1.1.1.1")


@pytest.mark.parametrize("written", INSIDE)
def test_what_leads_inside_is_special(written: str) -> None:
    assert is_special(ipaddress.ip_address(written))


@pytest.mark.parametrize("written", OUTSIDE)
def test_what_is_public_is_not(written: str) -> None:
    assert not is_special(ipaddress.ip_address(written))


@given(st.ip_addresses(v=4))
def test_whatever_python_calls_not_global_is_special(address: IPv4Address) -> None:
    assert is_special(address) or (address.is_global and not address.is_multicast)


@given(st.ip_addresses(v=6))
def test_so_it_is_in_ipv6(address: IPv6Address) -> None:
    assert is_special(address) or (address.is_global and not address.is_multicast)


@given(st.one_of(st.ip_addresses(v=4), st.sampled_from([one for one in INSIDE if "." in one and ":" not in one])))
def test_an_address_that_is_wrapped_in_ipv6_is_judged_as_itself(written: IPv4Address | str) -> None:
    inner = IPv4Address(written)
    for wrapped in (
        IPv6Address(f"::ffff:{inner}"),
        IPv6Address(f"64:ff9b::{inner}"),
        IPv6Address(int(IPv6Address("2002::")) | int(inner) << 80),
    ):
        assert is_special(wrapped) == is_special(inner)


@given(st.ip_addresses(v=4), st.integers(0, 32))
def test_a_network_that_is_allowed_holds_its_addresses_also_mapped(address: IPv4Address, length: int) -> None:
    allowed = Allowed.of(str(ipaddress.ip_network((int(address), length), strict=False)))
    assert allowed.address(address)
    assert allowed.address(IPv6Address(f"::ffff:{address}"))


def test_names_are_allowed_with_any_port_or_with_one() -> None:
    allowed = Allowed.of("Hooks.Internal, desk:8443,10.0.0.0/8")
    assert allowed.by_name("hooks.internal", 80)
    assert allowed.by_name("hooks.internal.", 443)
    assert allowed.by_name("desk", 8443)
    assert not allowed.by_name("desk", 443)
    assert not allowed.by_name("evil-hooks.internal", 443)
    assert not Allowed.of("").by_name("", 80)


@pytest.mark.parametrize("written", ["10.0.0.0/33", "a b", "https://hooks.internal", "10.0.0.1/8"])
def test_what_is_neither_a_name_nor_a_network_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=" "):
        Allowed.of(written)


def test_addresses_of_one_house_count_as_one() -> None:
    assert household("2606:4700::1") == household("2606:4700::ffff:2") == "2606:4700::/64"
    assert household("2606:4700:0:1::1") != household("2606:4700::1")
    assert household("fe80::1%eth0") == "fe80::/64"
    assert (household("1.2.3.4"), household("nowhere")) == ("1.2.3.4", "nowhere")
