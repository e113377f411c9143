/** @module Limits per visitor, per address and in total on sizes, open connections and durations. */

import { valueName } from "../text/value-name.ts";

/** Times are milliseconds. For each limit's answer and the reason for its default see docs/reference/limits.md. */
export interface HttpLimits {
  /** Size of a request's body. */
  maxBodyBytes: number;
  maxFormFields: number;
  /** Time until a request has been received completely, including its body. */
  requestTimeoutMs: number;
  /** How long the application's `identify` or `operators` may take for a request. */
  identifyTimeoutMs: number;
  /** A client that reads nothing for this long, while data is pending, is cut off. */
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

/** Limits that only a node that listens itself can enforce. */
export interface ConnectionLimits {
  maxConnections: number;
  /** Not applied with `trustProxy`, since all connections are then the proxy's. */
  maxConnectionsPerAddress: number;
  /** Size of a request's line and header fields. */
  maxHeaderBytes: number;
}

export const DEFAULT_CONNECTION_LIMITS: ConnectionLimits = {
  maxConnections: 12_000,
  maxConnectionsPerAddress: 1_000,
  maxHeaderBytes: 16 * 1024,
};

/** The given limits, with defaults for the others. A `TypeError` for an invalid limit. */
export function httpLimits(given: Partial<HttpLimits>): HttpLimits {
  const names = Object.keys(DEFAULT_HTTP_LIMITS) as (keyof HttpLimits)[];
  const limits = names.map((name): [string, number] => {
    const value = given[name] ?? DEFAULT_HTTP_LIMITS[name];
    if (Number.isFinite(value) && value >= 0) return [name, value];
    throw new TypeError(`${name} must be a number from 0, not ${valueName(value)}`);
  });
  return Object.fromEntries(limits) as unknown as HttpLimits;
}
