//! Only this network: a connection from an address that is neither private nor on one of our own links is not answered,
//! so that a computer with a public IPv6 address does not host for the whole world.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use if_addrs::IfAddr;

/// Whether `address` may belong to this network. `links`: our own interfaces.
pub(crate) fn is_near(address: IpAddr, links: &[IfAddr]) -> bool {
    let address = address.to_canonical();
    is_private(address) || links.iter().any(|link| is_on_link(address, link))
}

/// Our own interfaces, as the system lists them now.
pub(crate) fn links() -> Vec<IfAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    interfaces
        .into_iter()
        .map(|interface| interface.addr)
        .collect()
}

fn is_private(address: IpAddr) -> bool {
    match address {
        // 100.64.0.0/10 is shared by carriers and by private overlays (RFC 6598).
        IpAddr::V4(ip) => {
            let is_shared = ip.octets()[0] == 100 && (64..128).contains(&ip.octets()[1]);
            ip.is_loopback() || ip.is_private() || ip.is_link_local() || is_shared
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

fn is_on_link(address: IpAddr, link: &IfAddr) -> bool {
    match (address, link) {
        (IpAddr::V4(ip), IfAddr::V4(link)) => {
            let network = |ip: Ipv4Addr| ip.to_bits() & link.netmask.to_bits();
            !link.netmask.is_unspecified() && network(ip) == network(link.ip)
        }
        (IpAddr::V6(ip), IfAddr::V6(link)) => {
            let network = |ip: Ipv6Addr| ip.to_bits() & link.netmask.to_bits();
            !link.netmask.is_unspecified() && network(ip) == network(link.ip)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_and_our_own_links_are_near_and_the_world_is_not() {
        let link = if_addrs::Ifv4Addr {
            ip: [203, 0, 113, 7].into(),
            netmask: [255, 255, 255, 0].into(),
            prefixlen: 24,
            broadcast: None,
        };
        let links = [IfAddr::V4(link)];
        for near in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.7.7",
            "172.16.0.9",
            "169.254.1.1",
            "100.64.1.1",
            "203.0.113.99",
            "::1",
            "fd00::5",
            "fe80::1",
            "::ffff:192.168.1.2",
        ] {
            assert!(is_near(near.parse().unwrap(), &links), "{near}");
        }
        for far in [
            "203.0.114.1",
            "8.8.8.8",
            "2001:db8::1",
            "::ffff:8.8.8.8",
            "100.128.0.1",
        ] {
            assert!(!is_near(far.parse().unwrap(), &links), "{far}");
        }
    }
}
