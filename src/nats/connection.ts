/** @module One connection to a NATS cluster that never gives up, and whether it stands. */

import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { type ConnectionOptions, connect, type NatsConnection } from "@nats-io/transport-node";
import type { Clock } from "../clock/clock.ts";
import { CarryoutError, messageOf } from "../errors.ts";
import type { Log } from "../telemetry/log.ts";

/** A hung server is noticed after this many unanswered pings, one a second. */
const PING_MS = 1_000;
const PINGS_UNANSWERED = 2;
/** Between two rounds over all servers. */
const RECONNECT_MS = 100;
const RECONNECT_JITTER_MS = 50;
/** One request; whoever asks repeats it. An election in NATS takes 4 to 9 s, a healthy answer about a millisecond. */
const REQUEST_MS = 1_000;

export interface NatsLinkOptions {
  /** Servers, authentication and TLS, as `readNatsUrl` gives them. */
  connection: ConnectionOptions;
  /** How operators see this connection on the server. */
  name: string;
  clock: Clock;
  log: Log;
}

/** Opens the connection. Errors: `unavailable` when no server answers, `store-unusable` when they refuse us. */
export async function openNatsLink(options: NatsLinkOptions): Promise<NatsLink> {
  const { connection, name } = options;
  try {
    const nats = await connect({
      ...connection,
      name,
      maxReconnectAttempts: -1,
      reconnectTimeWait: RECONNECT_MS,
      reconnectJitter: RECONNECT_JITTER_MS,
      reconnectJitterTLS: RECONNECT_JITTER_MS,
      pingInterval: PING_MS,
      maxPingOut: PINGS_UNANSWERED,
      ignoreAuthErrorAbort: true,
    });
    return new NatsLink(nats, options);
  } catch (cause) {
    throw new CarryoutError("store-unusable", `NATS can't be reached: ${messageOf(cause)}`, { cause });
  }
}

/** Made by `openNatsLink`. */
export class NatsLink {
  readonly nats: NatsConnection;
  /** Publishes with an acknowledgement. */
  readonly js;
  readonly #options: NatsLinkOptions;
  readonly #reconnected = new Set<() => void>();
  readonly #lost = new Set<() => void>();
  #cutOffAt: number | null = null;
  #closed = false;

  constructor(nats: NatsConnection, options: NatsLinkOptions) {
    this.nats = nats;
    this.#options = options;
    this.js = jetstream(nats, { timeout: REQUEST_MS });
    void this.#follow();
  }

  /** The stream administration. Nothing is asked of the server here. */
  async manager() {
    return await jetstreamManager(this.nats, { timeout: REQUEST_MS, checkAPI: false });
  }

  /** The version of the server that this connection last went to. */
  get version(): string {
    return this.nats.info?.version ?? "0.0.0";
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Milliseconds since the connection was lost, or null while it stands. */
  cutOffMs(): number | null {
    return this.#cutOffAt === null ? null : this.#options.clock.monotonic() - this.#cutOffAt;
  }

  /** Calls back whenever the connection stands again: messages may have been missed. Returns how to stop. */
  onReconnect(callback: () => void): () => void {
    const subscription = () => callback();
    this.#reconnected.add(subscription);
    return () => this.#reconnected.delete(subscription);
  }

  /** Calls back whenever the connection is lost. Returns how to stop. */
  onLost(callback: () => void): () => void {
    const subscription = () => callback();
    this.#lost.add(subscription);
    return () => this.#lost.delete(subscription);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.nats.close();
  }

  async #follow(): Promise<void> {
    const { clock, log } = this.#options;
    for await (const status of this.nats.status()) {
      if (status.type === "disconnect") {
        if (this.#cutOffAt !== null) continue;
        this.#cutOffAt = clock.monotonic();
        log.warn({ server: status.server }, "cut off from NATS");
        for (const callback of [...this.#lost]) callback();
      } else if (status.type === "reconnect") {
        const cutOffMs = Math.round(this.cutOffMs() ?? 0);
        this.#cutOffAt = null;
        log.info({ server: status.server, cutOffMs }, "connected to NATS again");
        for (const callback of [...this.#reconnected]) callback();
      } else if (status.type === "error") {
        log.error({ error: status.error }, "NATS refused something");
      }
    }
  }
}
