/** @module A server with slots in memory, for tests of the feed: transactions commit in any order. */

import type { VirtualClock } from "../../../clock/virtual.testing.ts";
import { encodeDownload } from "../../../download/codec.ts";
import { keyOf } from "../../../download/key.ts";
import { sampleDownload } from "../../../ports/contracts/sample-downloads.ts";
import { ConnectionLost } from "../session/postgres-errors.ts";
import type { PostgresSession } from "../session/postgres-session.ts";
import type { SlotRow } from "./slot-looks.ts";
import { Snapshot } from "./snapshot.ts";

const LIFE = { system: "7", timeline: 1 };

export class FakeSlots {
  readonly #clock: VirtualClock;
  readonly #running = new Set<bigint>();
  readonly sessions: FakeSession[] = [];
  readonly rows = new Map<string, SlotRow>();
  #nextXid = 100n;
  #version = 0;
  takesMs: () => number = () => 1;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  session(): FakeSession {
    const session = new FakeSession(this, this.#clock);
    this.sessions.push(session);
    return session;
  }

  /** Writes a slot, or removes it: the row is visible when the transaction ends. It locks its key until then. */
  async write(user: string, { openMs, removes }: { openMs: number; removes: boolean }): Promise<SlotRow> {
    const xid = this.#nextXid++;
    this.#running.add(xid);
    await this.#clock.sleep(openMs);
    this.#version += 1;
    const download = sampleDownload(user, { id: `write-${this.#version}` });
    const text = removes ? null : encodeDownload(download);
    const row = { key: keyOf(download), version: this.#version, xid: String(xid), text };
    this.rows.set(row.key, row);
    this.#running.delete(xid);
    return row;
  }

  sweep(): void {
    for (const [key, { text }] of this.rows) {
      if (text === null) this.rows.delete(key);
    }
  }

  /** Tells all listeners, or some of them late. */
  notify(payload: string, lateMs: () => number): void {
    for (const session of this.sessions)
      void this.#clock.sleep(lateMs()).then(() => session.listener?.(payload));
  }

  answer(text: string, values: readonly unknown[]): unknown[] {
    if (text.startsWith("SELECT pg_current_snapshot()")) return [{ snap: this.#snapshot() }];
    if (text.includes("LEFT JOIN")) {
      const cursor = new Snapshot(String(values[0]));
      const changed = [...this.rows.values()].filter(({ xid }) => !cursor.sees(xid));
      const rows = changed.length === 0 ? [{ key: null, version: null }] : changed;
      return rows.map(({ key, version }) => ({ snap: this.#snapshot(), key, version: String(version) }));
    }
    if (text.includes("= ANY")) {
      return (values[0] as string[]).flatMap((key) => this.rows.get(key) ?? []);
    }
    const after = String(values[0]);
    const sorted = [...this.rows.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    return sorted.filter(({ key }) => key > after).slice(0, 1_000);
  }

  get life(): string {
    return `${LIFE.system}/${LIFE.timeline}`;
  }

  #snapshot(): string {
    const running = [...this.#running].sort((a, b) => (a < b ? -1 : 1));
    return `${running[0] ?? this.#nextXid}:${this.#nextXid}:${running.join(",")}`;
  }
}

type Asked = Pick<
  PostgresSession,
  "query" | "listen" | "onLost" | "onConnect" | "connected" | "connection" | "closed"
>;

class FakeSession implements Asked {
  readonly #server: FakeSlots;
  readonly #clock: VirtualClock;
  readonly #lost = new Set<() => void>();
  /** Raised at each loss: what was asked before gets no answer. */
  #lives = 0;
  connection: PostgresSession["connection"] = { pid: 1, host: "fake", version: 150_000, life: LIFE };
  closed = false;
  readonly #listeners = new Map<string, (payload: string) => void>();
  statements = 0;

  constructor(server: FakeSlots, clock: VirtualClock) {
    this.#server = server;
    this.#clock = clock;
  }

  async query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    this.statements += 1;
    const life = this.#lives;
    const check = () => {
      if (this.connection === null || life !== this.#lives) throw new ConnectionLost("lost", { sent: true });
    };
    check();
    await this.#clock.sleep(this.#server.takesMs());
    check();
    const rows = this.#server.answer(text, values) as Row[];
    await this.#clock.sleep(this.#server.takesMs());
    check();
    return rows;
  }

  listen(channel: string, listener: (payload: string) => void): () => void {
    this.#listeners.set(channel, listener);
    return () => this.#listeners.delete(channel);
  }

  /** Of announced slots. */
  get listener(): ((payload: string) => void) | null {
    return [...this.#listeners].find(([channel]) => channel.endsWith("_slots"))?.[1] ?? null;
  }

  onConnect(): () => void {
    return () => {};
  }

  onLost(callback: () => void): () => void {
    this.#lost.add(callback);
    return () => this.#lost.delete(callback);
  }

  async connected(signal?: AbortSignal): Promise<void> {
    while (this.connection === null && !signal?.aborted) await this.#clock.sleep(5, signal);
  }

  lose(forMs: number): void {
    const { connection } = this;
    if (connection === null) return;
    this.connection = null;
    this.#lives += 1;
    for (const callback of this.#lost) callback();
    void this.#clock.sleep(forMs).then(() => {
      this.connection = { ...connection, pid: connection.pid + 1 };
    });
  }
}
