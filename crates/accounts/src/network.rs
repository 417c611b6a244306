//! Networks in CIDR notation: whose word about a client's address is taken.

use std::{
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

/// A network such as `10.0.0.0/8`, `::1` or `192.168.1.7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: u128,
    mask: u128,
}

impl Network {
    /// Whether the network holds this address; an IPv4 address written as IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        wide(address) & self.mask == self.address
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("{text:?} is not an address or network such as 10.0.0.0/8");
        let (address, length) = text.split_once('/').map_or((text, None), |(a, l)| (a, Some(l)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let bits: u32 = if address.is_ipv4() { 32 } else { 128 };
        let length = length.map_or(Ok(bits), str::parse).map_err(|_| wrong())?;
        let free = bits.checked_sub(length).ok_or_else(wrong)?;
        let mask = u128::MAX.checked_shl(free).unwrap_or(0);
        Ok(Self { address: wide(address) & mask, mask })
    }
}

/// IPv4 addresses live in `::ffff:0:0/96` (RFC 4291 §2.5.5.2), so one comparison serves both.
fn wide(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// The client's address: the peer's, or where trusted proxies stand in between the rightmost address in
/// `X-Forwarded-For` that is not one of them. Everything left of it could have been written by the client.
pub(crate) fn client_address(peer: IpAddr, forwarded: &[&str], trusted: &[Network]) -> IpAddr {
    let mut client = peer.to_canonical();
    let hops = forwarded.iter().flat_map(|header| header.split(',')).rev();
    for hop in hops {
        if !trusted.iter().any(|network| network.contains(client)) {
            break;
        }
        match hop.trim().parse::<IpAddr>() {
            Ok(address) => client = address.to_canonical(),
            Err(_) => break,
        }
    }
    client
}

/// The part of an address that one household or office holds: an IPv6 customer has at least a /64.
pub fn neighbourhood(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let network = Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64));
            format!("{network}/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn networks(list: &[&str]) -> Vec<Network> {
        list.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn networks_hold_their_addresses_only() {
        let net: Network = "10.1.0.0/16".parse().unwrap();
        assert!(net.contains(ip("10.1.200.3")) && !net.contains(ip("10.2.0.1")));
        assert!(net.contains(ip("::ffff:10.1.0.1")) && !net.contains(ip("::10.1.0.1")));
        let all: Network = "0.0.0.0/0".parse().unwrap();
        assert!(all.contains(ip("203.0.113.9")) && !all.contains(ip("2001:db8::1")));
        assert!("::/0".parse::<Network>().unwrap().contains(ip("2001:db8::1")));
        for wrong in ["", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "host/8", "::1/129"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let trusted = networks(&["127.0.0.1", "10.0.0.0/8"]);
        let address = |peer, header: &str| client_address(ip(peer), &[header], &trusted).to_string();
        assert_eq!(address("203.0.113.9", "1.2.3.4"), "203.0.113.9");
        assert_eq!(address("127.0.0.1", "1.2.3.4, 198.51.100.7"), "198.51.100.7");
        assert_eq!(address("127.0.0.1", "1.2.3.4, 198.51.100.7, 10.9.9.9"), "198.51.100.7");
        assert_eq!(address("::ffff:127.0.0.1", "198.51.100.7"), "198.51.100.7");
        assert_eq!(address("127.0.0.1", "unknown, 10.9.9.9"), "10.9.9.9");
        assert_eq!(address("127.0.0.1", ""), "127.0.0.1");
    }

    #[test]
    fn several_headers_are_read_as_one_list() {
        let trusted = networks(&["10.0.0.0/8"]);
        let address = client_address(ip("10.0.0.1"), &["1.2.3.4", "198.51.100.7, 10.0.0.2"], &trusted);
        assert_eq!(address, ip("198.51.100.7"));
    }

    #[test]
    fn a_household_cannot_hop_within_its_network() {
        assert_eq!(neighbourhood(ip("2001:db8:1:2:3:4:5:6")), "2001:db8:1:2::/64");
        assert_eq!(neighbourhood(ip("198.51.100.7")), "198.51.100.7");
    }
}
