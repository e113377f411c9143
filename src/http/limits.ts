/** @module What one visitor, one address and all together may send, hold open and take their time for. */

import { valueName } from "../text/value-name.ts";

/** Times are milliseconds. What each limit answers, and why it has its default, is in docs/reference/limits.md. */
export interface HttpLimits {
  /** Of a request's body. */
  maxBodyBytes: number;
  maxFormFields: number;
  /** Until a request has come in whole, its body included. */
  requestTimeoutMs: number;
  /** How long the application's `identify` or `operators` may think about a request. */
  identifyTimeoutMs: number;
  /** A reader that takes nothing for this long, while something waits for it, is cut off. */
  writeTimeoutMs: number;
  /** Event streams open on this node. */
  maxStreams: number;
  maxStreamsPerAddress: number;
  maxStreamsPerUser: number;
  /** Files being sent by this node. */
  maxTransfers: number;
  maxTransfersPerAddress: number;
  maxTransfersPerUser: number;
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  maxBodyBytes: 64 * 1024,
  maxFormFields: 100,
  requestTimeoutMs: 30_000,
  identifyTimeoutMs: 10_000,
  writeTimeoutMs: 60_000,
  maxStreams: 10_000,
  maxStreamsPerAddress: 500,
  maxStreamsPerUser: 20,
  maxTransfers: 1_000,
  maxTransfersPerAddress: 200,
  maxTransfersPerUser: 32,
};

/** What only a node that listens itself can limit. */
export interface ConnectionLimits {
  maxConnections: number;
  /** Does not hold with `trustProxy`: all connections are the proxy's then. */
  maxConnectionsPerAddress: number;
  /** Of a request's line and header fields. */
  maxHeaderBytes: number;
}

export const DEFAULT_CONNECTION_LIMITS: ConnectionLimits = {
  maxConnections: 12_000,
  maxConnectionsPerAddress: 1_000,
  maxHeaderBytes: 16 * 1024,
};

/** The limits that are given, the defaults for the others. A `TypeError` for an invalid limit. */
export function httpLimits(given: Partial<HttpLimits>): HttpLimits {
  const names = Object.keys(DEFAULT_HTTP_LIMITS) as (keyof HttpLimits)[];
  const limits = names.map((name): [string, number] => {
    const value = given[name] ?? DEFAULT_HTTP_LIMITS[name];
    if (Number.isFinite(value) && value >= 0) return [name, value];
    throw new TypeError(`${name} must be a number from 0, not ${valueName(value)}`);
  });
  return Object.fromEntries(limits) as unknown as HttpLimits;
}
