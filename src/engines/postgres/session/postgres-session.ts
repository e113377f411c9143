/** @module A connection to PostgreSQL for one purpose: one statement at a time, each with a deadline; it reconnects. */

import { CarryoutError, messageOf } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import { Pauses } from "../../../ports/retry.ts";
import type { Log } from "../../../telemetry/log.ts";
import { breakOff, type Connection, type Dialled } from "./dial.ts";
import { ConnectionLost, endsConnection } from "./postgres-errors.ts";
import type { Room } from "./room.ts";
import type { Timelines } from "./timelines.ts";

/** A server that hangs is left after this time. */
const DEADLINE_MS = 2_000;
const RECONNECT = { firstMs: 20, mostMs: 500 };
/**
 * A statement left at its deadline may keep its process on the server busy, as when a synchronous standby is away. So
 * after several in a row the next attempt waits, up to this long, lest they take all connections.
 */
const LONGEST_RESPITE_MS = 5_000;
const FIRST_RESPITE_MS = 250;
/** The same failure is logged at most this often. */
const TELL_AGAIN_MS = 60_000;

/** What a session needs of its server. */
export interface SessionServer {
  readonly clock: Clock;
  readonly log: Log;
  readonly pooling: "none" | "transaction";
  readonly timelines: Pick<Timelines, "onRaise" | "refusalOf">;
  readonly room: Pick<Room, "note">;
  dialPrimary(applicationName: string, options?: { elsewhere?: boolean }): Promise<Dialled>;
}

export interface StatementOptions {
  /** Counted from when it is sent; then the connection is left. Default 2,000. */
  deadlineMs?: number | undefined;
}

interface Statement {
  text: string;
  /** Changes what is listened to, and has no answer. */
  isTold: boolean;
  values: readonly unknown[];
  deadlineMs: number;
  resolve(rows: never[]): void;
  reject(error: unknown): void;
}

/** Made by `PostgresServer.session`. */
export class PostgresSession {
  readonly #server: SessionServer;
  readonly #name: string;
  readonly #closing = new AbortController();
  readonly #queue: Statement[] = [];
  readonly #channels = new Map<string, Set<(payload: string) => void>>();
  readonly #connected = new Set<(connection: Connection) => void>();
  readonly #lost = new Set<() => void>();
  /** Wait for the connection. */
  readonly #waiting = new Set<() => void>();
  readonly #stopFollowing: () => void;
  #dialled: Dialled | null = null;
  #running: Statement | null = null;
  #cutOffAt: number | null = null;
  /** Of the last attempt since then. */
  #cutOffReason: string | null = null;
  /** Deadlines that passed since the last answer. */
  #unanswered = 0;
  #told = { message: "", at: Number.NEGATIVE_INFINITY };

  constructor(server: SessionServer, name: string, first: Dialled) {
    this.#server = server;
    this.#name = name;
    this.#stopFollowing = server.timelines.onRaise(() => this.#leaveIfBehind());
    this.#adopt(first);
  }

  /** Null while disconnected. */
  get connection(): Connection | null {
    return this.#dialled?.connection ?? null;
  }

  get closed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Milliseconds since the connection was lost, or null while it stands. */
  cutOffMs(): number | null {
    return this.#cutOffAt === null ? null : this.#server.clock.monotonic() - this.#cutOffAt;
  }

  /** Why the last attempt to reconnect failed; null before one has, and while the connection stands. */
  cutOffReason(): string | null {
    return this.#cutOffReason;
  }

  /**
   * The rows of one statement, which is a transaction of its own. Statements are sent in order, each when the one before
   * is answered; none is prepared by name, which poolers can't follow. Errors: `ConnectionLost`, those of the server,
   * `closed`.
   */
  query<Row extends object>(
    text: string,
    values: readonly unknown[] = [],
    { deadlineMs = DEADLINE_MS }: StatementOptions = {},
  ): Promise<Row[]> {
    return new Promise<Row[]>((resolve, reject) => {
      if (this.closed) return reject(closedError());
      if (this.#dialled === null) return reject(new ConnectionLost("disconnected", { sent: false }));
      this.#send({ text, isTold: false, values, deadlineMs, resolve, reject });
    });
  }

  /**
   * Listens, now and after each reconnect, before `onConnect` is called. What is sent before a later statement of this
   * session sees the database is heard. Returns a function to stop. Not behind a pooler of transactions.
   */
  listen(channel: string, onMessage: (payload: string) => void): () => void {
    if (this.#server.pooling !== "none") throw new TypeError("LISTEN hears nothing behind this pooler");
    const listeners = this.#channels.get(channel) ?? new Set();
    const listener = (payload: string) => onMessage(payload);
    listeners.add(listener);
    if (listeners.size === 1) {
      this.#channels.set(channel, listeners);
      this.#tell(`LISTEN "${channel}"`);
    }
    return () => {
      if (!listeners.delete(listener) || listeners.size > 0) return;
      this.#channels.delete(channel);
      this.#tell(`UNLISTEN "${channel}"`);
    };
  }

  /** Calls back at once if connected, and after each reconnect. Returns a function to stop. */
  onConnect(callback: (connection: Connection) => void): () => void {
    const subscription = (connection: Connection) => callback(connection);
    this.#connected.add(subscription);
    if (this.#dialled !== null) subscription(this.#dialled.connection);
    return () => this.#connected.delete(subscription);
  }

  /** Calls back whenever the connection is lost. Returns a function to stop. */
  onLost(callback: () => void): () => void {
    const subscription = () => callback();
    this.#lost.add(subscription);
    return () => this.#lost.delete(subscription);
  }

  /** Resolves when connected, or when the signal aborts or the session closes. */
  async connected(signal?: AbortSignal): Promise<void> {
    if (this.#dialled !== null || this.closed || signal?.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    this.#waiting.add(wake);
    signal?.addEventListener("abort", wake, { once: true });
    await promise;
    this.#waiting.delete(wake);
    signal?.removeEventListener("abort", wake);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.#closing.abort();
    this.#stopFollowing();
    this.#lose("closed");
    for (const wake of this.#waiting) wake();
  }

  #next(): void {
    const dialled = this.#dialled;
    if (this.#running !== null || dialled === null) return;
    const statement = this.#queue.shift();
    if (statement === undefined) return;
    this.#running = statement;
    const { clock } = this.#server;
    const cancel = clock.after(statement.deadlineMs, () => {
      // Lets an answer in that arrived while this process was busy or suspended.
      setImmediate(() => {
        if (this.#running === statement) this.#missDeadline(statement.deadlineMs);
      });
    });
    const settle = (apply: () => void) => {
      cancel();
      if (this.#running !== statement) return; // was lost
      this.#running = null;
      this.#unanswered = 0;
      apply();
      this.#next();
    };
    dialled.client.query(statement.text, [...statement.values]).then(
      ({ rows }) => settle(() => statement.resolve(rows as never[])),
      (error: unknown) => {
        this.#server.room.note(error);
        if (this.#running === statement && endsConnection(error)) {
          cancel();
          this.#lose(messageOf(error), error);
        } else {
          settle(() => statement.reject(error));
        }
      },
    );
  }

  #missDeadline(deadlineMs: number): void {
    this.#unanswered += 1;
    this.#lose(`no answer within ${deadlineMs} ms`);
  }

  #send(statement: Statement): void {
    this.#queue.push(statement);
    this.#next();
  }

  /**
   * What waits to be told goes together, in order, and no later than its turn. Errors are those of the connection, which
   * is restored with all channels.
   */
  #tell(text: string): void {
    if (this.#dialled === null || this.closed) return;
    const waiting = this.#queue.find(({ isTold }) => isTold);
    if (waiting !== undefined) waiting.text += `; ${text}`;
    else {
      const ignored = () => {};
      this.#send({
        text,
        isTold: true,
        values: [],
        deadlineMs: DEADLINE_MS,
        resolve: ignored,
        reject: ignored,
      });
    }
  }

  #leaveIfBehind(): void {
    const life = this.#dialled?.connection.life ?? null;
    const refusal = life === null ? null : this.#server.timelines.refusalOf(life);
    if (refusal !== null) this.#lose(refusal);
  }

  #adopt(dialled: Dialled): void {
    this.#dialled = dialled;
    const { client } = dialled;
    const lose = (reason: string, cause?: unknown) => {
      if (this.#dialled === dialled) this.#lose(reason, cause);
    };
    client.on("error", (error: unknown) => lose(messageOf(error), error));
    client.on("end", () => lose("connection closed"));
    client.on("notification", ({ channel, payload }) => {
      for (const listener of [...(this.#channels.get(channel) ?? [])]) listener(payload ?? "");
    });
    const wasCutOff = this.#cutOffAt !== null;
    const cutOffMs = Math.round(this.cutOffMs() ?? 0);
    this.#cutOffAt = null;
    this.#cutOffReason = null;
    // First in the queue of this connection, in one statement.
    const channels = [...this.#channels.keys()].map((channel) => `LISTEN "${channel}"`);
    if (channels.length > 0) this.#tell(channels.join("; "));
    if (wasCutOff) {
      const { host } = dialled.connection;
      this.#server.log.info({ host, cutOffMs, connection: this.#name }, "reconnected to PostgreSQL");
    }
    for (const callback of [...this.#connected]) callback(dialled.connection);
    for (const wake of this.#waiting) wake();
    this.#leaveIfBehind();
  }

  #lose(reason: string, cause?: unknown): void {
    const dialled = this.#dialled;
    if (dialled === null) return;
    this.#dialled = null;
    breakOff(dialled.client);
    const running = this.#running;
    this.#running = null;
    const failure = (sent: boolean) => {
      if (this.closed) return closedError();
      return new ConnectionLost(reason, { sent, ...(cause === undefined ? {} : { cause }) });
    };
    running?.reject(failure(true));
    for (const statement of this.#queue.splice(0)) statement.reject(failure(false));
    if (this.closed) return;
    const { clock, log } = this.#server;
    this.#cutOffAt = clock.monotonic();
    log.warn(
      { reason, host: dialled.connection.host, connection: this.#name },
      "disconnected from PostgreSQL",
    );
    for (const callback of [...this.#lost]) callback();
    void this.#reconnect();
  }

  async #reconnect(): Promise<void> {
    const { clock } = this.#server;
    const { signal } = this.#closing;
    const pauses = new Pauses(clock, RECONNECT);
    if (this.#unanswered > 1) {
      const respiteMs = FIRST_RESPITE_MS * 2 ** Math.min(this.#unanswered, 10);
      await clock.sleep(Math.min(respiteMs, LONGEST_RESPITE_MS), signal);
    }
    // A server that was lost may hang, and would be waited for.
    for (let elsewhere = true; !signal.aborted; elsewhere = false) {
      try {
        const dialled = await this.#server.dialPrimary(this.#name, { elsewhere });
        if (signal.aborted) breakOff(dialled.client);
        else this.#adopt(dialled);
        return;
      } catch (error) {
        this.#tellOf(error);
      }
      await pauses.pass(signal);
    }
  }

  #tellOf(error: unknown): void {
    const message = messageOf(error);
    this.#cutOffReason = message;
    const now = this.#server.clock.monotonic();
    if (message === this.#told.message && now - this.#told.at < TELL_AGAIN_MS) return;
    this.#told = { message, at: now };
    this.#server.log.warn(
      { reason: message, connection: this.#name },
      "PostgreSQL can't be reached; retrying",
    );
  }
}

function closedError(): CarryoutError {
  return new CarryoutError("closed", "this connection is closed");
}
