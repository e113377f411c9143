/** @module The address a request comes from: its connection's peer, or the one named by a trusted proxy. */

import { createHmac } from "node:crypto";
import { isIP } from "node:net";
import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";

/**
 * The address of the visitor, for limits and for the log; null where it is unknown (a request that came by `fetch`,
 * a Unix socket). It does not identify anyone.
 *
 * With `trustProxy` it is the last entry of `X-Forwarded-For`, written by our own proxy: a visitor can forge the
 * entries before it. If that is missing or not an address, and without `trustProxy`, it is the peer.
 */
export function clientAddress(context: Context, trustProxy: boolean): string | null {
  const bindings = context.env as Partial<HttpBindings> | undefined;
  const forwardedFor = trustProxy ? (context.req.header("x-forwarded-for") ?? null) : null;
  return lastAddress(forwardedFor) ?? plainAddress(bindings?.incoming?.socket?.remoteAddress);
}

/** The addresses of one customer: an IPv4 address, or the /64 of an IPv6 address. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = "", tail] = address.toLowerCase().split("::");
  const groups = groupsOf(head);
  if (tail !== undefined) while (groups.length + groupsOf(tail).length < 8) groups.push("0");
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(":")}::/64`;
}

/** Represents an address's network in records: the same on every node, without revealing the address. */
export function networkMark(secret: string, address: string): string {
  const digest = createHmac("sha256", secret).update(`carryout network ${networkOf(address)}`);
  return digest.digest("base64url").slice(0, 16);
}

function lastAddress(forwardedFor: string | null): string | null {
  const entry = forwardedFor?.slice(forwardedFor.lastIndexOf(",") + 1).trim() ?? "";
  const [, bracketed, ipv4] = /^(?:\[([^\]]*)\](?::\d+)?|([\d.]+):\d+)$/.exec(entry) ?? [];
  return plainAddress(bracketed ?? ipv4 ?? entry);
}

/** Normalises IPv4-mapped addresses to IPv4 and drops zones. Null for anything that is not an address. */
function plainAddress(address: string | undefined): string | null {
  const plain = address?.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "") ?? "";
  return isIP(plain) === 0 ? null : plain;
}

/** The 16-bit groups of part of an IPv6 address; a dotted suffix counts as two. */
function groupsOf(piece: string): string[] {
  if (piece === "") return [];
  return piece.split(":").flatMap((group) => (group.includes(".") ? ["0", "0"] : [group]));
}
