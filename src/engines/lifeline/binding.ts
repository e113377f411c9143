/** @module Where a node listens for lifelines, and which of its addresses it announces. */

import { isIP } from "node:net";
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";

const ALL_INTERFACES = "::";
const MOST_ADDRESSES = 8;

/**
 * Decides by the hosts of the engine's servers. When all are on loopback the nodes share one machine: the port is bound
 * to loopback too. Else it is open on all interfaces.
 */
export function listenHost(serverHosts: readonly string[]): string {
  return serverHosts.every(isLoopback) ? "127.0.0.1" : ALL_INTERFACES;
}

/** What to announce when it listens on this host, without the port: the most likely to be reached first. */
export function announcedAddresses(
  host: string,
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces(),
): string[] {
  return host === ALL_INTERFACES || host === "0.0.0.0" ? machineAddresses(interfaces) : [host];
}

export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  if (isIP(bare) === 4) return bare.startsWith("127.");
  return bare === "::1" || bare === "localhost" || bare.endsWith(".localhost");
}

/** IPv4 first; without loopback, and without link-local ones, which mean something else on every machine. */
function machineAddresses(interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): string[] {
  const all = Object.values(interfaces).flatMap((addresses) => addresses ?? []);
  const usable = all.filter(({ internal, address }) => !internal && !/^(169\.254\.|fe[89ab])/i.test(address));
  const ordered = ["IPv4", "IPv6"].flatMap((family) => usable.filter((each) => each.family === family));
  return [...new Set(ordered.map(({ address }) => address))].slice(0, MOST_ADDRESSES);
}
