/** @module The addresses of a URL's host, all of which must be allowed. */

import dns, { type LookupAddress } from "node:dns";
import { isIP } from "node:net";
import { isPublicAddress } from "./address-ranges.ts";
import { ExternalError } from "./external-error.ts";

/** Hosts (with or without a port, as in their URLs) that may have private addresses; true allows all. */
export type AllowPrivate = boolean | readonly string[];

/**
 * Queries the resolver once: the connection must use one of its answers, since a second query may return others.
 * `address-not-allowed` if one of them is not public and this host is not exempt. Errors of the resolver are passed on.
 */
export async function resolveHost(
  url: URL,
  allowPrivate: AllowPrivate,
): Promise<[LookupAddress, ...LookupAddress[]]> {
  // An IPv6 address is in brackets.
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const family = isIP(host);
  const addresses = family > 0 ? [{ address: host, family }] : await dns.promises.lookup(host, { all: true });
  const isAllowed =
    typeof allowPrivate === "boolean"
      ? allowPrivate
      : allowPrivate.includes(url.hostname) || allowPrivate.includes(url.host);
  if (!isAllowed && !addresses.every(({ address }) => isPublicAddress(address))) {
    throw new ExternalError(
      "address-not-allowed",
      `${url.host} has a private or local address; to allow it, set allowPrivate: [${JSON.stringify(url.host)}]`,
      { retriable: false },
    );
  }
  const [first, ...others] = addresses;
  if (first === undefined) throw Object.assign(new Error(`${host} has no address`), { code: "ENOTFOUND" });
  return [first, ...others];
}
