/** @module A connection to a NATS cluster that reconnects forever, and its state. */

import type { Socket } from "node:net";
import { jetstreamManager } from "@nats-io/jetstream";
import { type ConnectionOptions, connect, errors, type NatsConnection } from "@nats-io/transport-node";
import { CarryoutError, messageOf, UnavailableError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import { retry } from "../../../ports/retry.ts";
import type { Log } from "../../../telemetry/log.ts";
import { answerWithoutStacks, writeTogether } from "./library-costs.ts";
import { type Request, requestsOf } from "./requests.ts";

/** A hanging server is detected one interval after this many unanswered pings: here after 1.2 to 1.6 s. */
const PINGS = { pingInterval: 400, maxPingOut: 3 };
/** For answers that may have to wait behind a large message on a slow link: after 2 to 3 s. */
const PATIENT_PINGS = { pingInterval: 1_000, maxPingOut: 2 };
/** Interval between rounds over all servers. */
const RECONNECT_MS = 100;
const RECONNECT_JITTER_MS = 50;
/** Timeout per server: one behind a broken network never answers, but the next one may. */
const DIAL_MS = 2_000;
/** Timeout at startup, since nodes and servers may be started together. */
const FIRST_CONNECT_MS = 10_000;
/** One request; the caller repeats it. An election in NATS takes 4 to 9 s, a healthy answer about a millisecond. */
export const REQUEST_MS = 1_000;
/** The same refusal is logged at most this often. */
const TELL_AGAIN_MS = 60_000;

export interface NatsLinkOptions {
  /** Servers, authentication and TLS, as `natsConnectionOptions` gives them. */
  connection: ConnectionOptions;
  /** The connection's name on the server, for operators. */
  name: string;
  clock: Clock;
  log: Log;
  /** How long to wait for a first server, milliseconds; default 10 s. */
  patienceMs?: number;
  /** It carries large messages, so a server may be silent for longer before it is considered hung. */
  isBulk?: boolean;
}

/**
 * Opens the connection. Errors: `store-unusable` at once if the servers refuse the login or can't be trusted,
 * `unavailable` if none answered in time.
 */
export async function openNatsLink(options: NatsLinkOptions): Promise<NatsLink> {
  const { clock, patienceMs = FIRST_CONNECT_MS } = options;
  const onFailure = (cause: unknown, sinceMs: number) => {
    const refusal = refusalOf(cause, options);
    if (refusal) throw refusal;
    if (sinceMs >= patienceMs) throw unreachable(cause, options);
  };
  const pauses = { firstMs: RECONNECT_MS, mostMs: RECONNECT_MS };
  const nats = await retry(clock, { ...pauses, onFailure }, () => connectOnce(options));
  return new NatsLink(nats, options);
}

function unreachable(cause: unknown, options: NatsLinkOptions): UnavailableError {
  // With TLS 1.3 a server that requires our certificate says so only after the handshake, too late to be noticed.
  const hint = "; if the server requires a client certificate, see CARRYOUT_NATS_CERT_FILE";
  const isHint = cause instanceof errors.TimeoutError && options.connection.tls;
  const message = `no NATS server responds: ${hostsOf(options)}: ${causeOf(cause)}${isHint ? hint : ""}`;
  return new UnavailableError(message, { cause });
}

/** Tries each server once. */
async function connectOnce({ connection, name, isBulk }: NatsLinkOptions): Promise<NatsConnection> {
  const nats = await connect({
    ...connection,
    name,
    timeout: DIAL_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_MS,
    reconnectJitter: RECONNECT_JITTER_MS,
    reconnectJitterTLS: RECONNECT_JITTER_MS,
    ...(isBulk ? PATIENT_PINGS : PINGS),
    reconnectToServer: elsewhereFirst(),
    // Capturing two stack traces for every request, in case it fails, takes about 5 % of a busy node's time.
    noAsyncTraces: true,
    // A password that is refused later may be valid again once the operators have finished a change.
    ignoreAuthErrorAbort: true,
  });
  answerWithoutStacks(nats);
  writeTogether(nats);
  // The library forgets servers that did not answer initially.
  const known = nats.getServers().map(({ listen }) => listen);
  const forgotten = serversOf(connection).filter((server) => !known.includes(server));
  if (forgotten.length > 0) nats.setServers([...known, ...forgotten]);
  return nats;
}

/** A lost server may be hanging, and would be waited for: the next attempt goes to another one. */
function elsewhereFirst(): NonNullable<ConnectionOptions["reconnectToServer"]> {
  let last: string | null = null;
  return (servers, info) => {
    const [next] = servers;
    const wasConnected = info !== null;
    const chosen = (wasConnected && servers.find(({ listen }) => listen !== last)) || next!;
    last = chosen.listen;
    return chosen;
  };
}

/** Null for transient errors: nothing listens yet, a name does not resolve yet, no answer. */
function refusalOf(cause: unknown, options: NatsLinkOptions): CarryoutError | null {
  const refused = (why: string) =>
    new CarryoutError("store-unusable", `NATS at ${hostsOf(options)} can't be used: ${why}`, { cause });
  if (cause instanceof errors.AuthorizationError || cause instanceof errors.UserAuthenticationExpiredError)
    return refused(`login refused (${cause.message}); see CARRYOUT_NATS_USER and related settings`);
  const code = String((cause as NodeJS.ErrnoException)?.code ?? "");
  if (PASSING_CODES.includes(code) || cause instanceof errors.TimeoutError) return null;
  if (/CERT|TLS|SSL|UNABLE_TO|INVALID_CA/.test(code))
    return refused(`TLS failed (${causeOf(cause)}); see CARRYOUT_NATS_CA_FILE and CARRYOUT_NATS_CERT_FILE`);
  if (/does not support 'tls'|is not available on this server/.test(causeOf(cause)))
    return refused("the server does not support TLS, but the URL requires it");
  return null;
}

const PASSING_CODES = ["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"];

function serversOf({ servers = [] }: ConnectionOptions): string[] {
  return typeof servers === "string" ? [servers] : servers;
}

function hostsOf({ connection }: NatsLinkOptions): string {
  return serversOf(connection).join(", ");
}

/** The library's own message says little; its cause often says more. */
function causeOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return messageOf(inner) || String(inner);
}

/** The library waits until all sent data has left this machine, which never happens with a hanging server. */
function breakOff(nats: NatsConnection): void {
  const { protocol } = nats as unknown as { protocol?: { transport?: { socket?: Socket } } };
  const socket = protocol?.transport?.socket;
  if (socket && socket.writableLength > 0) socket.destroy();
}

/** Made by `openNatsLink`. */
export class NatsLink {
  readonly nats: NatsConnection;
  readonly request: Request;
  readonly clock: Clock;
  readonly #options: NatsLinkOptions;
  readonly #reconnected = new Set<() => void>();
  readonly #lost = new Set<() => void>();
  #version = "0.0.0";
  #cutOffAt: number | null = null;
  /** The last refusal that was logged, and when. */
  #told = { message: "", at: 0 };
  #closed = false;

  constructor(nats: NatsConnection, options: NatsLinkOptions) {
    this.nats = nats;
    this.request = requestsOf(nats);
    this.clock = options.clock;
    this.#options = options;
    void this.#follow();
  }

  /** The stream administration. Sends no request to the server. */
  async manager() {
    return await jetstreamManager(this.nats, { timeout: REQUEST_MS, checkAPI: false });
  }

  /** The version of the server that this connection last connected to. */
  get version(): string {
    this.#version = this.nats.info?.version ?? this.#version;
    return this.#version;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Milliseconds since the connection was lost, or null while it is up. */
  cutOffMs(): number | null {
    return this.#cutOffAt === null ? null : this.#options.clock.monotonic() - this.#cutOffAt;
  }

  /** Calls back after each reconnect, as messages may have been missed. Returns a function to stop. */
  onReconnect(callback: () => void): () => void {
    const subscription = () => callback();
    this.#reconnected.add(subscription);
    return () => this.#reconnected.delete(subscription);
  }

  /** Calls back whenever the connection is lost. Returns a function to stop. */
  onLost(callback: () => void): () => void {
    const subscription = () => callback();
    this.#lost.add(subscription);
    return () => this.#lost.delete(subscription);
  }

  /**
   * The result of `work`, while the connection is up. Fails with `ConnectionError` as soon as it is lost: the answer
   * never arrives then, but the client library would wait for it until its timeout.
   */
  async whileConnected<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#cutOffAt !== null) throw new errors.ConnectionError("disconnected");
    const result = work();
    // By hand, as it happens for every request: a race of promises costs more.
    return await new Promise<Result>((resolve, reject) => {
      const lost = () => reject(new errors.ConnectionError("disconnected"));
      this.#lost.add(lost);
      result.then(resolve, reject).then(() => this.#lost.delete(lost));
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.nats.close();
  }

  async #follow(): Promise<void> {
    for await (const status of this.nats.status()) {
      if (status.type === "disconnect") this.#cutOff(status.server);
      else if (status.type === "staleConnection") breakOff(this.nats);
      else if (status.type === "reconnect") this.#standsAgain(status.server);
      else if (status.type === "error") this.#tellOf(status.error);
    }
    if (this.#closed) return;
    const error = await this.nats.closed();
    this.#options.log.error({ error }, "NATS connection closed permanently; restart this node");
    this.#cutOff("");
  }

  #cutOff(server: string): void {
    if (this.#cutOffAt !== null || this.#closed) return;
    this.#cutOffAt = this.#options.clock.monotonic();
    this.#options.log.warn({ server, connection: this.#options.name }, "disconnected from NATS");
    for (const callback of [...this.#lost]) callback();
  }

  /** The library reports it once for every server that it tried. */
  #standsAgain(server: string): void {
    if (this.#cutOffAt === null) return;
    const cutOffMs = Math.round(this.cutOffMs() ?? 0);
    this.#cutOffAt = null;
    this.#told = { message: "", at: 0 };
    this.#options.log.info({ server, cutOffMs, connection: this.#options.name }, "reconnected to NATS");
    for (const callback of [...this.#reconnected]) callback();
  }

  /** A server that refuses the login does so at every attempt, ten times a second. */
  #tellOf(error: Error): void {
    const now = this.#options.clock.monotonic();
    if (error.message === this.#told.message && now - this.#told.at < TELL_AGAIN_MS) return;
    this.#told = { message: error.message, at: now };
    this.#options.log.error({ error, connection: this.#options.name }, "NATS returned an error");
  }
}
