/** @module A node's Repo: the actual records behind a connection that delays, refuses and loses answers. */

import type { Download } from "../../src/download/download.ts";
import { keyOf } from "../../src/download/key.ts";
import { CarryoutError } from "../../src/errors.ts";
import type { Repo, RepoEvent, Stored, Version } from "../../src/ports/repo.ts";
import { call } from "./call.ts";
import type { Chance } from "./chance.ts";
import { Feed } from "./feed.ts";
import type { Machine } from "./machine.ts";
import type { World } from "./world.ts";

/** A holder whose write was refused has retried within this time. */
const RETRY_MS = 1_600;

export class SimRepo implements Repo {
  readonly #world: World;
  readonly #machine: Machine;
  readonly #chance: Chance;
  readonly feeds = new Set<Feed>();
  #closed = false;

  constructor(world: World, machine: Machine, chance: Chance) {
    this.#world = world;
    this.#machine = machine;
    this.#chance = chance;
  }

  fetch(key: string): Promise<Stored | null> {
    return this.#call("fetch", () => this.#world.records.read((repo) => repo.fetch(key)));
  }

  list(user: string): Promise<Stored[]> {
    return this.#call("list", () => this.#world.records.read((repo) => repo.list(user)));
  }

  insert(download: Download): Promise<Version | null> {
    return this.#write("insert", download, (repo, sent) => repo.insert(sent));
  }

  update(download: Download, version: Version): Promise<Version | null> {
    return this.#write("update", download, (repo, sent) => repo.update(sent, version));
  }

  remove(key: string, version: Version): Promise<boolean> {
    return this.#call("remove", () =>
      this.#world.records.write(this.#machine, key, (repo) => repo.remove(key, version)),
    );
  }

  async *watch(signal: AbortSignal): AsyncGenerator<RepoEvent, void, void> {
    this.#checkOpen();
    const feed = new Feed(this.#world, this.#machine, this.#chance.fork());
    this.feeds.add(feed);
    const close = () => feed.close();
    signal.addEventListener("abort", close, { once: true });
    if (signal.aborted) close();
    try {
      for (let event = await feed.next(); event !== null; event = await feed.next()) yield event;
    } finally {
      signal.removeEventListener("abort", close);
      feed.close();
      this.feeds.delete(feed);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const feed of this.feeds) feed.close();
  }

  #write<T>(what: string, download: Download, use: (repo: Repo, sent: Download) => Promise<T>): Promise<T> {
    const text = JSON.stringify(download); // serialised now, whatever the caller does to it later
    const key = keyOf(download);
    return this.#call(what, () =>
      this.#world.records.write(this.#machine, key, (repo) => use(repo, JSON.parse(text) as Download)),
    );
  }

  #call<T>(what: string, act: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new CarryoutError("closed", "this repo is closed"));
    const { repoRefused: refused, repoLost: lost } = this.#world.sky.weather;
    this.#world.calls.repo(this.#machine);
    return call(this.#world, this.#machine, this.#chance, what, { refused, lost, deafMs: RETRY_MS }, act);
  }

  #checkOpen(): void {
    if (this.#closed) throw new CarryoutError("closed", "this repo is closed");
  }
}
