/** @module A user who watches their downloads on one node, reconnecting as needed, and notes impossible states. */

import { setTimeout as wait } from "node:timers/promises";
import type { PublicDownload, Visitor } from "./visitor.ts";

interface Seen {
  epoch: number;
  done: number;
  state: PublicDownload["state"];
}

const RECONNECT_MS = 200;

export class Onlooker {
  /** What this node reported last. */
  readonly downloads = new Map<string, PublicDownload>();
  /** Descriptions of impossible states that were seen. */
  readonly violations: string[] = [];
  /** True while a stream is open and its content counts as current. Otherwise a page shows that it is reconnecting. */
  isOpen = false;
  /** Why the last stream ended or could not be opened. */
  blindBy = "";
  readonly name: string;
  readonly #note: (words: string) => void;
  readonly #seen = new Map<string, Seen>();
  readonly #ending = new AbortController();
  readonly #running: Promise<void>;

  /** `note` is called with a description of everything that is seen. */
  constructor(name: string, visitor: Visitor, base: string, note: (words: string) => void) {
    this.name = name;
    this.#note = (words) => note(`${name} ${words}`);
    this.#running = this.#watch(visitor, base);
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  async #watch(visitor: Visitor, base: string): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      let reason = "ended";
      try {
        for await (const event of visitor.events(base, signal)) {
          if (!this.isOpen) this.#note("sees");
          this.isOpen = true;
          if (event.event === "snapshot") this.#snapshot(event.data.downloads);
          else if (event.event === "download") this.#one(event.data);
          else this.downloads.delete(event.data.id);
        }
      } catch (error) {
        reason = (error as Error).message; // its node is away, or reports that it is cut off
      }
      if (this.isOpen) this.#note(`is blind: ${reason}`);
      this.isOpen = false;
      this.blindBy = reason;
      await wait(RECONNECT_MS, undefined, { signal }).catch(() => {});
    }
  }

  #snapshot(downloads: PublicDownload[]): void {
    this.downloads.clear();
    for (const download of downloads) this.#one(download);
    for (const id of this.#seen.keys()) {
      if (!this.downloads.has(id)) this.#violated(`${id} vanished`);
    }
  }

  #one(download: PublicDownload): void {
    const { id, epoch, state, progress, node, file } = download;
    this.downloads.set(id, download);
    const before = this.#seen.get(id);
    this.#seen.set(id, { epoch, state, done: progress.done });
    if (before?.epoch !== epoch || before.state !== state) {
      this.#note(`${id.slice(0, 6)} ${state} at ${progress.done}, epoch ${epoch}, ${node}`);
    }
    if ((state === "ready") !== (file !== null)) this.#violated(`${id} is ${state} with file ${file?.name}`);
    if (!before) return;
    if (epoch < before.epoch) this.#violated(`${id}: epoch fell from ${before.epoch} to ${epoch}`);
    if (progress.done < before.done) this.#violated(`${id}: fell from ${before.done} to ${progress.done}`);
    if ((before.state === "ready" || before.state === "error") && state !== before.state) {
      this.#violated(`${id} was ${before.state}, now ${state}`);
    }
  }

  #violated(words: string): void {
    this.violations.push(`at ${this.name}: ${words}`);
    this.#note(`!! ${words}`);
  }
}
