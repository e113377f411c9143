/** @module How much memory the nodes retain: sampled continuously, since most of them are short-lived here. */

import type { HeldMemory } from "./routes.ts";

/** Younger processes are still warming up, so their memory is not comparable. */
const WARM_S = 10;

interface Life {
  url: string;
  first: HeldMemory;
  last: HeldMemory;
}

export class MemoryRecord {
  readonly #urls: readonly string[];
  readonly #lives = new Map<number, Life>();

  constructor(urls: readonly string[]) {
    this.#urls = urls;
  }

  async look(): Promise<void> {
    await Promise.all(this.#urls.map((url) => this.#lookAt(url)));
  }

  /** The longest-lived processes, one line each. */
  lines(): string[] {
    const lives = [...this.#lives.values()].sort((a, b) => spanOf(b) - spanOf(a));
    return lives.slice(0, 3).map(({ url, first, last }) => {
      const heap = `heap ${mb(first.heapBytes)} → ${mb(last.heapBytes)} MB`;
      const resident = `resident ${mb(first.residentBytes)} → ${mb(last.residentBytes)} MB`;
      return `${new URL(url).port} pid ${first.pid}, ${Math.round(first.ageS)} → ${Math.round(last.ageS)} s old: ${heap}, ${resident}`;
    });
  }

  async #lookAt(url: string): Promise<void> {
    const response = await fetch(`${url}/memory`, { signal: AbortSignal.timeout(3_000) }).catch(() => null);
    if (!response?.ok) return; // it is dead or frozen just now
    const held = (await response.json()) as HeldMemory;
    if (held.ageS < WARM_S) return;
    const life = this.#lives.get(held.pid);
    if (life) life.last = held;
    else this.#lives.set(held.pid, { url, first: held, last: held });
  }
}

function spanOf({ first, last }: Life): number {
  return last.ageS - first.ageS;
}

function mb(bytes: number): string {
  return (bytes / 1_048_576).toFixed(1);
}
