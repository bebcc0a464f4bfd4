//! This computer's network cards: which take part, and which address is the likeliest.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use if_addrs::{IfAddr, Interface};
use mdns_sd::{IfKind, IfPredicate, ScopedIp, ServiceDaemon};

use crate::{Error, Options};

/// Addresses kept of one room.
const ADDRESSES_KEPT: usize = 16;

/// How the names of cards begin that lead to containers, virtual machines or tunnels.
const VIRTUAL: [&str; 18] = [
    "docker",
    "veth",
    "virbr",
    "vmnet",
    "vboxnet",
    "vethernet",
    "wsl",
    "tun",
    "tap",
    "utun",
    "wg",
    "zt",
    "tailscale",
    "podman",
    "cni",
    "lxc",
    "lxd",
    "vnet",
];

/// Whether a card's name says that it is not a way to the other people's computers. `br-` and a hash is a container
/// network; `br0` is a bridge that somebody made on purpose.
pub(crate) fn is_virtual(name: &str) -> bool {
    let name = name.to_lowercase();
    let container_bridge = name
        .strip_prefix("br-")
        .is_some_and(|id| id.len() == 12 && id.bytes().all(|c| c.is_ascii_hexdigit()));
    container_bridge || VIRTUAL.iter().any(|start| name.starts_with(start))
}

/// Every address of this computer that others may reach, the likeliest first, virtual cards last.
pub fn own_addresses() -> Vec<IpAddr> {
    let mut cards: Vec<Interface> = if_addrs::get_if_addrs().unwrap_or_default();
    cards.retain(|card| card.is_oper_up() && !card.is_loopback());
    cards.sort_by_key(|card| (is_virtual(&card.name), rank(card.ip())));
    cards.into_iter().map(|card| card.ip()).collect()
}

/// Addresses for a browser of what listens at `listening`, the likeliest first; never empty. Addresses that mean
/// nothing without the name of a network card (IPv6 link-local, RFC 4007 §11) are left out: a browser does not take them.
pub fn urls(listening: SocketAddr) -> Vec<String> {
    let url = |ip: IpAddr| format!("http://{}", SocketAddr::new(ip, listening.port()));
    let ip = listening.ip();
    if !ip.is_unspecified() {
        return vec![url(ip)];
    }
    let needs_card = |ip: &IpAddr| matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local());
    let reachable = |ip: &IpAddr| !needs_card(ip) && (ip.is_ipv4() || listening.is_ipv6());
    let mut urls: Vec<String> = own_addresses()
        .into_iter()
        .filter(reachable)
        .map(url)
        .collect();
    urls.dedup();
    if urls.is_empty() {
        urls.push(url(Ipv4Addr::LOCALHOST.into()));
    }
    urls
}

/// Tells `daemon` which cards to use. It keeps the rule for cards that come later.
pub(crate) fn choose(daemon: &ServiceDaemon, options: &Options) -> Result<(), Error> {
    let rule = options.clone();
    let left_out = move |card: &Interface| {
        let spare = card.is_loopback() || (!rule.virtual_cards && is_virtual(&card.name));
        rule.leave_out.contains(&card.name) || (spare && real_card_is_up())
    };
    daemon.disable_interface(IfKind::Predicate(IfPredicate::new(left_out)))?;
    Ok(())
}

/// Whether there is a way to other computers. Without one, rooms on this computer are found over loopback and virtual
/// cards; with one they are found over that, and loopback would only be a second network where names clash otherwise.
fn real_card_is_up() -> bool {
    let cards = if_addrs::get_if_addrs().unwrap_or_default();
    cards.iter().any(|card| {
        card.is_oper_up() && !card.is_loopback() && !card.is_link_local() && !is_virtual(&card.name)
    })
}

/// Which networks this computer is on; an address on one of them is the likeliest.
pub(crate) struct Reach {
    networks: Vec<IfAddr>,
}

impl Reach {
    pub(crate) fn of_this_computer() -> Reach {
        let cards = if_addrs::get_if_addrs().unwrap_or_default();
        let real = cards
            .into_iter()
            .filter(|card| !card.is_loopback() && !is_virtual(&card.name));
        Reach {
            networks: real.map(|card| card.addr).collect(),
        }
    }

    fn is_near(&self, ip: IpAddr) -> bool {
        self.networks.iter().any(|network| match (network, ip) {
            (IfAddr::V4(own), IpAddr::V4(ip)) => {
                let mask = own.netmask.to_bits();
                own.ip.to_bits() & mask == ip.to_bits() & mask
            }
            (IfAddr::V6(own), IpAddr::V6(ip)) => {
                let mask = own.netmask.to_bits();
                own.ip.to_bits() & mask == ip.to_bits() & mask
            }
            _ => false,
        })
    }
}

/// The addresses of an announcement that may be tried, the likeliest first.
pub(crate) fn addresses(heard: &HashSet<ScopedIp>, port: u16, reach: &Reach) -> Vec<SocketAddr> {
    if port == 0 {
        return Vec::new();
    }
    let mut found: Vec<((bool, bool, u8), SocketAddr)> = Vec::new();
    for scoped in heard {
        let ip = scoped.to_ip_addr();
        let cards = cards_of(scoped);
        if !may_be_tried(ip, &cards) {
            continue;
        }
        let far_card = !cards.is_empty() && cards.iter().all(|card| is_virtual(card));
        let order = (far_card || ip.is_loopback(), !reach.is_near(ip), rank(ip));
        found.push((order, with_scope(scoped, port)));
    }
    found.sort();
    found.truncate(ADDRESSES_KEPT);
    found.into_iter().map(|(_, addr)| addr).collect()
}

/// A loopback address counts only if it was heard on the loopback card: that room is on this computer. From anywhere
/// else it would make us talk to a program of our own.
fn may_be_tried(ip: IpAddr, cards: &[&str]) -> bool {
    if ip.is_loopback() {
        let own = if_addrs::get_if_addrs().unwrap_or_default();
        let is_loopback = |name: &&str| {
            own.iter()
                .any(|card| card.is_loopback() && card.name == **name)
        };
        return !cards.is_empty() && cards.iter().all(is_loopback);
    }
    let broadcast = matches!(ip, IpAddr::V4(v4) if v4.is_broadcast());
    !(ip.is_unspecified() || ip.is_multicast() || broadcast)
}

fn cards_of(scoped: &ScopedIp) -> Vec<&str> {
    match scoped {
        ScopedIp::V4(v4) => v4
            .interface_ids()
            .iter()
            .map(|id| id.name.as_str())
            .collect(),
        ScopedIp::V6(v6) => vec![v6.scope_id().name.as_str()],
        _ => Vec::new(),
    }
}

fn with_scope(scoped: &ScopedIp, port: u16) -> SocketAddr {
    match scoped {
        ScopedIp::V6(v6) if is_link_local(*v6.addr()) => {
            SocketAddrV6::new(*v6.addr(), port, 0, v6.scope_id().index).into()
        }
        other => SocketAddr::new(other.to_ip_addr(), port),
    }
}

/// Lower is likelier: what people's home and office networks use, then the rest.
fn rank(ip: IpAddr) -> u8 {
    match ip {
        IpAddr::V4(v4) if v4.is_private() => 0,
        IpAddr::V4(v4) if v4.is_link_local() => 4,
        IpAddr::V4(Ipv4Addr { .. }) => 1,
        IpAddr::V6(v6) if is_link_local(v6) => 5,
        IpAddr::V6(v6) if v6.is_unique_local() => 2,
        IpAddr::V6(_) => 3,
    }
}

fn is_link_local(ip: Ipv6Addr) -> bool {
    ip.is_unicast_link_local()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use if_addrs::{IfAddr, Ifv4Addr};

    use super::*;

    #[test]
    fn cards_of_containers_and_tunnels_are_virtual() {
        for name in [
            "docker0",
            "br-0123456789ab",
            "virbr0",
            "vEthernet (WSL)",
            "tun0",
            "wg0",
            "veth1a2b",
            "utun3",
        ] {
            assert!(is_virtual(name), "{name}");
        }
        for name in [
            "eth0", "enp3s0", "wlan0", "wlp2s0", "en0", "br0", "br-lan", "Ethernet", "Wi-Fi", "lo",
        ] {
            assert!(!is_virtual(name), "{name}");
        }
    }

    #[test]
    fn the_own_network_comes_first_and_nothing_odd_is_tried() {
        let own = Ifv4Addr {
            ip: Ipv4Addr::new(10, 77, 0, 2),
            netmask: Ipv4Addr::new(255, 255, 255, 0),
            prefixlen: 24,
            broadcast: None,
        };
        let reach = Reach {
            networks: vec![IfAddr::V4(own)],
        };
        let heard: HashSet<ScopedIp> = [
            "fd77::1",
            "192.168.5.5",
            "10.77.0.1",
            "127.0.0.1",
            "0.0.0.0",
            "224.0.0.251",
            "::1",
            "255.255.255.255",
        ]
        .into_iter()
        .map(|ip| ScopedIp::from(ip.parse::<IpAddr>().unwrap()))
        .collect();
        let addrs: Vec<String> = addresses(&heard, 8000, &reach)
            .iter()
            .map(SocketAddr::to_string)
            .collect();
        assert_eq!(
            addrs,
            ["10.77.0.1:8000", "192.168.5.5:8000", "[fd77::1]:8000"]
        );
        assert!(addresses(&heard, 0, &reach).is_empty());
    }

    #[test]
    fn a_listener_of_one_address_has_one_url_and_any_other_has_at_least_one() {
        assert_eq!(
            urls("192.168.1.20:8000".parse().unwrap()),
            ["http://192.168.1.20:8000"]
        );
        assert_eq!(
            urls("[fd00::5]:8000".parse().unwrap()),
            ["http://[fd00::5]:8000"]
        );
        for anywhere in ["0.0.0.0:8000", "[::]:8000"] {
            let urls = urls(anywhere.parse().unwrap());
            assert!(
                !urls.is_empty() && !urls.iter().any(|url| url.contains("[fe80")),
                "{urls:?}"
            );
        }
    }

    #[test]
    fn own_addresses_never_hold_loopback() {
        assert!(own_addresses().iter().all(|ip| !ip.is_loopback()));
    }
}
