/** @module The environment variables by which a node logs in to NATS. */

/** The files they name are re-read at every connect, so that keys can be renewed. */
export const NATS_VARIABLES = [
  "CARRYOUT_NATS_USER",
  "CARRYOUT_NATS_PASSWORD",
  "CARRYOUT_NATS_TOKEN",
  "CARRYOUT_NATS_NKEY_FILE",
  "CARRYOUT_NATS_CREDS_FILE",
  "CARRYOUT_NATS_CA_FILE",
  "CARRYOUT_NATS_CERT_FILE",
  "CARRYOUT_NATS_KEY_FILE",
] as const;

export type NatsVariable = (typeof NATS_VARIABLES)[number];
