/**
 * @module Which addresses are public, that is reachable from anywhere on the internet; others may be on a private
 * network.
 */

import { BlockList, isIPv4, isIPv6 } from "node:net";

/** IANA's registry of special-purpose IPv4 addresses, and multicast. */
const SPECIAL_V4 = [
  "0.0.0.0/8", // this host
  "10.0.0.0/8", // private
  "100.64.0.0/10", // carriers' NAT
  "127.0.0.0/8", // loopback
  "169.254.0.0/16", // link-local: metadata of clouds
  "172.16.0.0/12", // private
  "192.0.0.0/24", // protocol assignments
  "192.0.2.0/24", // documentation
  "192.31.196.0/24", // AS112
  "192.52.193.0/24", // AMT
  "192.88.99.0/24", // 6to4 relays
  "192.168.0.0/16", // private
  "192.175.48.0/24", // AS112
  "198.18.0.0/15", // benchmarks
  "198.51.100.0/24", // documentation
  "203.0.113.0/24", // documentation
  "224.0.0.0/4", // multicast
  "240.0.0.0/4", // reserved, and broadcast
];

/** All that is assigned for global use. Outside of it: loopback, unique local, link-local, IPv4-mapped, NAT64, multicast. */
const GLOBAL_V6 = "2000::/3";

/** Within it, IANA's registry of special-purpose IPv6 addresses. */
const SPECIAL_V6 = [
  "2001::/23", // protocol assignments: Teredo, benchmarks, AMT, AS112, ORCHID
  "2001:db8::/32", // documentation
  "2002::/16", // 6to4: an IPv4 address within
  "2620:4f:8000::/48", // AS112
  "3fff::/20", // documentation
];

const special = listOf(SPECIAL_V4, SPECIAL_V6);
const global = listOf([], [GLOBAL_V6]);

/** False for private, local or special-purpose addresses, and for anything that is not an address. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !special.check(address, "ipv4");
  return isIPv6(address) && global.check(address, "ipv6") && !special.check(address, "ipv6");
}

function listOf(v4: readonly string[], v6: readonly string[]): BlockList {
  const list = new BlockList();
  for (const [subnets, family] of [
    [v4, "ipv4"],
    [v6, "ipv6"],
  ] as const) {
    for (const subnet of subnets) {
      const [network = "", bits] = subnet.split("/");
      list.addSubnet(network, Number(bits), family);
    }
  }
  return list;
}
