/** @module The PostgreSQL that all connections of one engine share: found at the start, and followed when it moves. */

import { CarryoutError, messageOf, UnavailableError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import { retry } from "../../../ports/retry.ts";
import type { Log } from "../../../telemetry/log.ts";
import { breakOff, type Dialled, dial, isOfTls, refusesSettings, WrongServer } from "./dial.ts";
import { type Pooling, poolingOf } from "./pooling.ts";
import { ConnectionLost, kindOf, translated } from "./postgres-errors.ts";
import { PostgresSession } from "./postgres-session.ts";
import { type PostgresHost, type PostgresTarget, shownHosts } from "./postgres-target.ts";
import { Room } from "./room.ts";
import { Timelines } from "./timelines.ts";

/** Earlier ones lack `client_connection_check_interval` and `idle_session_timeout`. */
const OLDEST_VERSION = 140_000;
/** Timeout at startup, since nodes and servers may be started together. */
const FIRST_CONNECT_MS = 10_000;
const PAUSES = { firstMs: 50, mostMs: 250 };

export interface PostgresServerOptions {
  target: PostgresTarget;
  /** The name of this node, for operators. */
  node: string;
  clock: Clock;
  log: Log;
  /** How long to wait for a server at first, milliseconds. Default 10 s. */
  patienceMs?: number | undefined;
}

/**
 * Finds the server. Errors: `store-unusable` at once if every host refuses (the login, the database, its version, TLS),
 * `unavailable` if no primary answered in time. Leaves no connection open.
 */
export async function reachServer(options: PostgresServerOptions): Promise<PostgresServer> {
  const server = new PostgresServer(options);
  await server.reach();
  return server;
}

/** Made by `reachServer`. */
export class PostgresServer {
  readonly target: PostgresTarget;
  readonly clock: Clock;
  readonly log: Log;
  readonly timelines = new Timelines();
  readonly room: Room;
  readonly #options: PostgresServerOptions;
  #pooling: Pooling = "none";
  #sendsSettings = true;
  /** Where the last connection succeeded. */
  #current = 0;

  constructor(options: PostgresServerOptions) {
    this.#options = options;
    this.target = options.target;
    this.clock = options.clock;
    this.log = options.log;
    this.room = new Room(options.clock, options.log);
  }

  get pooling(): Pooling {
    return this.#pooling;
  }

  /** Opens a connection that reconnects for ever, and waits for it to stand. Errors: as `reachServer`. */
  async session(purpose: string): Promise<PostgresSession> {
    const applicationName = `carryout ${this.#options.node} ${purpose}`;
    const first = await this.#patiently(() => this.dialPrimary(applicationName));
    return new PostgresSession(this, applicationName, first);
  }

  /** Finds the server, and what stands before it. */
  async reach(): Promise<void> {
    this.#pooling = await this.#patiently(async () => {
      const name = `carryout ${this.#options.node} first look`;
      await this.#survey(name);
      const first = await this.dialPrimary(name);
      const second = await this.dialPrimary(name).catch((error: unknown) => {
        breakOff(first.client);
        throw error;
      });
      return await poolingOf(first, second, this.clock);
    });
    if (this.#pooling === "transaction") {
      this.log.warn(
        { server: shownHosts(this.target) },
        "a pooler stands before PostgreSQL that shares its connections between transactions: where nodes can't tell " +
          "each other of changes they poll, and a killed node is found by its closed port or its lease",
      );
    }
  }

  /**
   * A connection to the first host that is a usable primary, beginning where the last one succeeded, or after it.
   * Errors: `ConnectionLost`, or that of the server if every host refuses.
   */
  async dialPrimary(applicationName: string, { elsewhere = false } = {}): Promise<Dialled> {
    const { hosts } = this.target;
    const errors: unknown[] = [];
    for (let step = 0; step < hosts.length; step += 1) {
      const index = (this.#current + (elsewhere ? 1 : 0) + step) % hosts.length;
      try {
        const dialled = await this.#dial(hosts[index]!, applicationName);
        this.#current = index;
        return dialled;
      } catch (error) {
        errors.push(error);
      }
    }
    throw together(errors);
  }

  /** Notes the timelines of all hosts, so that the first connection does not go to one that was replaced. */
  async #survey(applicationName: string): Promise<void> {
    const { hosts } = this.target;
    if (hosts.length === 1) return;
    const dialled = await Promise.allSettled(hosts.map((host) => this.#dial(host, applicationName)));
    for (const each of dialled) {
      if (each.status === "fulfilled") breakOff(each.value.client);
    }
    const errors = dialled.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
    if (errors.length === hosts.length) throw together(errors);
  }

  async #dial(host: PostgresHost, applicationName: string): Promise<Dialled> {
    const options = { target: this.target, clock: this.clock, applicationName };
    const attempt = (sendsSettings: boolean) => dial(host, { ...options, sendsSettings });
    const dialled = await attempt(this.#sendsSettings).catch(async (error: unknown) => {
      if (!this.#sendsSettings || !refusesSettings(error)) throw error;
      const without = await attempt(false);
      this.#sendsSettings = false;
      return without;
    });
    try {
      this.#check(dialled);
      return dialled;
    } catch (error) {
      breakOff(dialled.client);
      throw error;
    }
  }

  #check({ connection: { host, version, life } }: Dialled): void {
    if (version < OLDEST_VERSION) {
      throw new CarryoutError(
        "store-unusable",
        `PostgreSQL ${shownVersion(version)} at ${host} is too old: Carryout needs 14 or later`,
      );
    }
    if (life === null) return;
    const refusal = this.timelines.refusalOf(life);
    if (refusal !== null) throw new WrongServer(`${host}: ${refusal}`);
    this.timelines.note(life);
  }

  async #patiently<Result>(work: () => Promise<Result>): Promise<Result> {
    const { clock, patienceMs = FIRST_CONNECT_MS } = this.#options;
    const onFailure = (cause: unknown, sinceMs: number) => {
      const where = shownHosts(this.target);
      if (!isPassing(cause)) throw refused(cause, where);
      if (sinceMs < patienceMs) return;
      throw new UnavailableError(`no PostgreSQL primary responds at ${where}: ${messageOf(cause)}`, {
        cause,
      });
    };
    return await retry(clock, { ...PAUSES, onFailure }, work);
  }
}

/** Of all hosts: one that may pass, if any may. */
function together(errors: readonly unknown[]): unknown {
  const passing = errors.filter(isPassing);
  if (passing.length === 0) return errors[0];
  return new ConnectionLost(errors.map(messageOf).join("; "), { sent: false, cause: passing[0] });
}

function isPassing(error: unknown): boolean {
  if (error instanceof WrongServer) return true;
  return !isOfTls(error) && kindOf(error) !== "refused";
}

function refused(cause: unknown, where: string): CarryoutError {
  if (!isOfTls(cause)) return translated(cause);
  return new CarryoutError(
    "store-unusable",
    `PostgreSQL at ${where} can't be used: TLS failed (${messageOf(cause)})`,
    {
      cause,
    },
  );
}

function shownVersion(version: number): string {
  return version >= 100_000 ? `${Math.floor(version / 10_000)}.${version % 10_000}` : String(version);
}
