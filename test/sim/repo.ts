/** @module A node's Repo: the actual records behind a connection that delays, refuses and loses answers. */

import type { Download } from "../../src/download/download.ts";
import { downloadKey, keyOf, ownerOf, userPrefix } from "../../src/download/key.ts";
import { CarryoutError } from "../../src/errors.ts";
import type { History } from "../../src/ports/history.ts";
import type { Archived, Claim, Claimed, Repo, Stored } from "../../src/ports/repo.ts";
import type { SlotEvent, Slots } from "../../src/ports/slots.ts";
import { slotEventOf, workEventOf } from "../../src/ports/stored-text.ts";
import type { Work, WorkEvent } from "../../src/ports/work.ts";
import { call } from "./call.ts";
import type { Chance } from "./chance.ts";
import { Feed, type FeedSource } from "./feed.ts";
import type { Machine } from "./machine.ts";
import type { World } from "./world.ts";

/** A holder whose write was refused has retried within this time. */
const RETRY_MS = 1_600;

type Event = SlotEvent | WorkEvent;

export class SimRepo implements Repo {
  readonly #world: World;
  readonly #machine: Machine;
  readonly #chance: Chance;
  readonly feeds = new Set<Feed<Event>>();
  readonly slots: Slots;
  readonly work: Work;
  readonly history: History;
  archive?: (finished: Stored) => Promise<Archived | null>;
  claim?: (claim: Claim) => Promise<Claimed | null>;
  #closed = false;

  constructor(world: World, machine: Machine, chance: Chance) {
    this.#world = world;
    this.#machine = machine;
    this.#chance = chance;
    this.slots = this.#slots();
    this.work = this.#work();
    this.history = this.#history();
    if (world.hasTransactions) {
      this.archive = (finished) =>
        this.#call("archive", () => world.records.archive(machine, copyOf(finished)));
      this.claim = ({ take, ...claim }) =>
        this.#send("claim", claim, (sent) => world.records.claim(machine, { ...sent, take }));
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const feed of this.feeds) feed.close();
  }

  #slots(): Slots {
    const { records } = this.#world;
    const machine = this.#machine;
    return {
      fetch: (key) => this.#call("fetch", () => records.read((repo) => repo.slots.fetch(key)), key),
      list: (user) => this.#call("list", () => records.read((repo) => repo.slots.list(user))),
      insert: (download) =>
        this.#send("insert", download, (sent) =>
          records.writeSlot(machine, keyOf(sent), (repo) => repo.slots.insert(sent)),
        ),
      update: (download, version) =>
        this.#send("update", download, (sent) =>
          records.writeSlot(machine, keyOf(sent), (repo) => repo.slots.update(sent, version)),
        ),
      remove: (key, version) =>
        this.#call("remove", () =>
          records.writeSlot(machine, key, (repo) => repo.slots.remove(key, version)),
        ),
      watch: (signal) =>
        this.#watch({ table: records.store.slots, owner: null, eventOf: slotEventOf }, signal),
    };
  }

  #work(): Work {
    const { records } = this.#world;
    const machine = this.#machine;
    return {
      fetch: (key) => this.#call("fetch work", () => records.read((repo) => repo.work.fetch(key))),
      list: (user) => this.#call("list marks", () => records.read((repo) => repo.work.list(user))),
      keys: () => this.#call("list work", () => records.read((repo) => repo.work.keys())),
      advance: (key, mark, version) =>
        this.#send("advance", mark, (sent) =>
          records.writeWork(machine, key, (repo) => repo.work.advance(key, sent, version)),
        ),
      save: (key, saved, version) =>
        this.#send("save", saved, (sent) =>
          records.writeWork(machine, key, (repo) => repo.work.save(key, sent, version)),
        ),
      remove: (key) =>
        this.#call("remove work", () => records.writeWork(machine, key, (repo) => repo.work.remove(key))),
      watch: (user, signal) => {
        const owner = user === null ? null : ownerOf(userPrefix(user));
        return this.#watch({ table: records.store.marks, owner, eventOf: workEventOf }, signal);
      },
    };
  }

  #history(): History {
    const { records } = this.#world;
    const machine = this.#machine;
    const keyFor = ({ user, id }: Download) => downloadKey(user, id);
    return {
      put: (download) =>
        this.#send("put", download, (sent) =>
          records.writeHistory(machine, keyFor(sent), (repo) => repo.history.put(sent)),
        ),
      update: (download, version) =>
        this.#send("update history", download, (sent) =>
          records.writeHistory(machine, keyFor(sent), (repo) => repo.history.update(sent, version)),
        ),
      remove: (key) =>
        this.#call("remove from history", () =>
          records.writeHistory(machine, key, (repo) => repo.history.remove(key)),
        ),
      fetch: (key) => this.#call("fetch history", () => records.read((repo) => repo.history.fetch(key))),
      size: (user) =>
        this.#call("count history", () => records.read((repo) => repo.history.size(user)), user),
      find: (id) => this.#call("find", () => records.read((repo) => repo.history.find(id))),
      list: (user, page) =>
        this.#call("list history", () => records.read((repo) => repo.history.list(user, page)), user),
      expired: (until, limit) =>
        this.#call("list expired", () => records.read((repo) => repo.history.expired(until, limit))),
      search: (search) =>
        this.#call("search history", () => records.read((repo) => repo.history.search(search))),
      all: () => {
        throw new Error("a node reads no history as a whole");
      },
    };
  }

  async *#watch<Given extends Event>(
    source: FeedSource<Given>,
    signal: AbortSignal,
  ): AsyncGenerator<Given, void, void> {
    this.#checkOpen();
    const feed = new Feed<Given>(this.#world, this.#machine, this.#chance.fork(), source);
    const anyFeed = feed as unknown as Feed<Event>;
    this.feeds.add(anyFeed);
    const close = () => feed.close();
    signal.addEventListener("abort", close, { once: true });
    if (signal.aborted) close();
    try {
      for (let event = await feed.next(); event !== null; event = await feed.next()) yield event;
    } finally {
      signal.removeEventListener("abort", close);
      feed.close();
      this.feeds.delete(anyFeed);
    }
  }

  /** Sends a copy: later changes by the caller have no effect on the message. */
  #send<Value, Answer>(what: string, value: Value, use: (sent: Value) => Promise<Answer>): Promise<Answer> {
    const sent = copyOf(value);
    return this.#call(what, () => use(sent), sent);
  }

  #call<T>(what: string, act: () => Promise<T>, about: unknown = null): Promise<T> {
    if (this.#closed) return Promise.reject(new CarryoutError("closed", "this repo is closed"));
    const { repoRefused, repoLost } = this.#world.sky.weather;
    this.#world.calls.repo(this.#machine);
    const { isLost, ...delays } = this.#world.spring({ machine: this.#machine, what, about }) ?? {};
    const [refused, lost] = isLost ? [0, 1] : [repoRefused, repoLost];
    const trouble = { refused, lost, deafMs: RETRY_MS, ...delays };
    return call(this.#world, this.#machine, this.#chance, what, trouble, act);
  }

  #checkOpen(): void {
    if (this.#closed) throw new CarryoutError("closed", "this repo is closed");
  }
}

function copyOf<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}
