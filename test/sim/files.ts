/** @module A FileStore that is slow, fails, and may keep half a part when its caller dies. */

import { createHash } from "node:crypto";
import { MemoryFileStore, type MemoryParts } from "../../src/engines/memory/memory-file-store.ts";
import type { ByteRange, FileStore } from "../../src/ports/file-store.ts";
import { call } from "./call.ts";
import type { Chance } from "./chance.ts";
import { short } from "./history.ts";
import type { Machine } from "./machine.ts";
import type { World } from "./world.ts";

/** The true state of the parts. */
export class Parts {
  readonly map: MemoryParts = new Map();

  keys(): string[] {
    return [...this.map.keys()];
  }

  /** The defect of this part, or null. */
  faultOf(part: { key: string; size: number; sha256: string }): string | null {
    const stored = this.map.get(part.key);
    if (!stored) return `part ${part.key} is not there`;
    if (stored.bytes.length !== part.size) {
      return `part ${part.key} has ${stored.bytes.length} bytes, not ${part.size}`;
    }
    const sha256 = createHash("sha256").update(stored.bytes).digest("hex");
    return sha256 === part.sha256 ? null : `part ${part.key} has other bytes than its digest says`;
  }

  /** All bytes of these parts in order. */
  join(parts: readonly { key: string }[]): Buffer {
    return Buffer.concat(parts.map(({ key }) => this.map.get(key)?.bytes ?? new Uint8Array()));
  }
}

export class SimFiles implements FileStore {
  readonly #world: World;
  readonly #machine: Machine;
  readonly #chance: Chance;
  readonly #inner: MemoryFileStore;

  constructor(world: World, machine: Machine, chance: Chance) {
    this.#world = world;
    this.#machine = machine;
    this.#chance = chance;
    this.#inner = new MemoryFileStore({ clock: world.clock, parts: world.parts.map });
  }

  put(key: string, bytes: Uint8Array): Promise<void> {
    const sent = Uint8Array.from(bytes);
    return this.#call(`put ${shortKey(key)} ${sent.length} B`, () => {
      const isTorn = this.#machine.gate.isDead && this.#chance.is(0.5);
      const written = isTorn ? sent.subarray(0, sent.length >>> 1) : sent;
      this.#world.history.add(
        this.#machine.name,
        `put ${shortKey(key)} ${written.length} of ${sent.length} B`,
      );
      return this.#inner.put(key, written);
    });
  }

  async *get(key: string, range?: ByteRange): AsyncGenerator<Uint8Array, void, void> {
    const chunks = await this.#call(`get ${shortKey(key)}`, () => collect(this.#inner.get(key, range)));
    yield* chunks;
  }

  remove(prefix: string): Promise<void> {
    return this.#call(`remove ${shortKey(prefix)}`, () => {
      const keys = this.#world.parts.keys().filter((key) => key.startsWith(prefix));
      const removed = this.#inner.remove(prefix);
      if (keys.length > 0) {
        this.#world.history.add(this.#machine.name, `removed ${keys.map(shortKey).join(" ")}`);
        this.#world.happened({ type: "parts removed", by: this.#machine, keys });
      }
      return removed;
    });
  }

  async *list(prefix: string): AsyncGenerator<{ key: string; size: number; modifiedAt: number }, void, void> {
    yield* await this.#call("list parts", () => collect(this.#inner.list(prefix)));
  }

  async close(): Promise<void> {}

  #call<T>(what: string, act: () => Promise<T>): Promise<T> {
    const { fileRefused: refused, fileLost: lost } = this.#world.sky.weather;
    return call(this.#world, this.#machine, this.#chance, what, { refused, lost }, act);
  }
}

function shortKey(key: string): string {
  const [id = "", ...rest] = key.split("/");
  return [short(id), ...rest].join("/");
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
