/** @module The workers of this node and the places they take. */

import { keyOf } from "../download/key.ts";
import type { Isolation } from "../generator/generator.ts";
import type { Registry } from "../generator/registry.ts";
import { type FreeInMs, MOST_FORETOLD } from "../ports/membership.ts";
import { type Claimed, Worker, type WorkerContext } from "./worker.ts";

export interface Capacity {
  process: number;
  inline: number;
}

/** A place reserved for a claim in progress. Fill it or give it back, only once. */
export interface Place {
  fill(claimed: Claimed): void;
  giveBack(): void;
}

/** Runs at most as many generations at a time as there are places; finds them by slot key. */
export class WorkerPool {
  readonly #registry: Registry;
  readonly #context: WorkerContext;
  readonly #capacity: Capacity;
  readonly #onFree: () => void;
  readonly #workers = new Map<string, Worker>();
  readonly #taken: Capacity = { process: 0, inline: 0 };
  readonly #claiming = new Set<string>();
  #drained: Promise<void> | null = null;
  #onDrained: (() => void) | null = null;

  constructor(registry: Registry, context: WorkerContext, capacity: Capacity, onFree: () => void) {
    this.#registry = registry;
    this.#context = context;
    this.#capacity = capacity;
    this.#onFree = onFree;
  }

  get size(): number {
    return this.#workers.size;
  }

  get(key: string): Worker | undefined {
    return this.#workers.get(key);
  }

  workers(): Iterable<Worker> {
    return this.#workers.values();
  }

  /** True while a claim or a worker of this node concerns this slot. */
  isAt(key: string): boolean {
    return this.#claiming.has(key) || this.#workers.has(key);
  }

  /**
   * Reserves a place for a claim on this slot. Null when none is free, the kind is unknown, or this node already has
   * one for it.
   */
  reserve(key: string, kind: string): Place | null {
    const isolation = this.#registry.get(kind)?.isolation;
    if (!isolation || this.isAt(key) || this.#taken[isolation] >= this.#capacity[isolation]) return null;
    this.#taken[isolation]++;
    this.#claiming.add(key);
    return {
      fill: (claimed) => {
        this.#claiming.delete(key);
        this.#employ(isolation, claimed);
      },
      giveBack: () => {
        this.#claiming.delete(key);
        this.#free(isolation);
      },
    };
  }

  free(isolation: Isolation): number {
    return this.#capacity[isolation] - this.#taken[isolation];
  }

  /** When its busy places will be free, as far as is known; `usualMs` is what a kind usually takes. */
  freeInMs(usualMs: (kind: string) => number | null): FreeInMs {
    const of = (isolation: Isolation) => {
      const busy = [...this.#workers.values()].filter(
        ({ kind }) => this.#registry.get(kind)?.isolation === isolation,
      );
      const known = busy.map((worker) => worker.freeInMs(usualMs(worker.kind))).filter((ms) => ms !== null);
      return known.sort((a, b) => a - b).slice(0, MOST_FORETOLD);
    };
    return { process: of("process"), inline: of("inline") };
  }

  /** Makes every worker hand over, including one whose claim is still in progress. Resolves when all have. */
  drain(): Promise<void> {
    this.#drained ??= new Promise((resolve) => {
      this.#onDrained = resolve;
    });
    for (const worker of this.#workers.values()) void worker.drain();
    this.#checkDrained();
    return this.#drained;
  }

  #employ(isolation: Isolation, claimed: Claimed): void {
    const generator = this.#registry.get(claimed.download.kind);
    if (!generator) throw new TypeError(`no generator for ${claimed.download.kind}`);
    const key = keyOf(claimed.download);
    const worker = new Worker(this.#context, generator, claimed);
    this.#workers.set(key, worker);
    if (this.#drained) void worker.drain();
    void worker.done.then(() => {
      this.#workers.delete(key);
      this.#free(isolation);
    });
  }

  #free(isolation: Isolation): void {
    this.#taken[isolation]--;
    this.#checkDrained();
    this.#onFree();
  }

  #checkDrained(): void {
    if (this.#taken.process + this.#taken.inline === 0) this.#onDrained?.();
  }
}
