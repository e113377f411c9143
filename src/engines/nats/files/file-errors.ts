/** @module NATS's errors when storage is full. */

import { JetStreamApiError } from "@nats-io/jetstream";

/** Error codes of the JetStream API (nats-server, server/errors.json). */
const REASONS = new Map([
  [10_002, "the account's storage limit is reached"],
  [10_023, "NATS storage is full: storage limit or disk"],
  [10_047, "NATS storage is full: storage limit reached"],
  [10_077, "the stream is full"],
]);

/** Why nothing more can be stored, or null when the error is another one. Waiting would not help. */
export function fullReason(error: unknown): string | null {
  if (!(error instanceof JetStreamApiError)) return null;
  const reason = REASONS.get(error.code);
  return reason ? `${reason} (${error.message})` : null;
}
