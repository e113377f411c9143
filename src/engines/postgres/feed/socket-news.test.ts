import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json } from "../../../download/json.ts";
import { SocketNews, type SocketNewsOptions } from "./socket-news.ts";

type Handler = (message: Json, from: string) => void;

/** Processes in memory: each can be stopped from reading, and cut off from the others. */
class FakeMesh {
  readonly #meshes: Map<string, FakeMesh>;
  readonly #id: string;
  readonly #handlers = new Map<string, Set<Handler>>();
  readonly #joined: ((id: string) => void)[] = [];
  readonly #lost: ((id: string) => void)[] = [];
  readonly #connected = new Set<string>();
  isReading = true;
  messages = 0;

  constructor(id: string, meshes: Map<string, FakeMesh>) {
    this.#id = id;
    this.#meshes = meshes;
    meshes.set(id, this);
  }

  connect(id: string): void {
    const other = this.#meshes.get(id)!;
    this.#connected.add(id);
    other.#connected.add(this.#id);
    for (const callback of this.#joined) callback(id);
    for (const callback of other.#joined) callback(this.#id);
  }

  drop(id: string): void {
    const other = this.#meshes.get(id)!;
    this.#connected.delete(id);
    other.#connected.delete(this.#id);
    for (const callback of this.#lost) callback(id);
    for (const callback of other.#lost) callback(this.#id);
  }

  peers = (): string[] => [...this.#connected];

  send(id: string, channel: string, message: Json): boolean {
    const other = this.#meshes.get(id)!;
    if (!this.#connected.has(id) || !other.isReading) return false;
    other.messages += 1;
    for (const handler of other.#handlers.get(channel) ?? []) handler(message, this.#id);
    return true;
  }

  sendTo(ids: readonly string[], channel: string, message: Json): string[] {
    return ids.filter((id) => !this.send(id, channel, message));
  }

  subscribe(channel: string, handler: Handler): () => void {
    const handlers = this.#handlers.get(channel) ?? new Set();
    this.#handlers.set(channel, handlers.add(handler));
    return () => handlers.delete(handler);
  }

  onJoined(callback: (id: string) => void): () => void {
    this.#joined.push(callback);
    return () => {};
  }

  onLost(callback: (id: string) => void): () => void {
    this.#lost.push(callback);
    return () => {};
  }
}

function begin() {
  const meshes = new Map<string, FakeMesh>();
  const open = (id: string, life: SocketNewsOptions["life"] = () => "7/1") => {
    const mesh = new FakeMesh(id, meshes);
    return { mesh, news: new SocketNews({ mesh, life }) };
  };
  const [one, two] = [open("one"), open("two")];
  one.mesh.connect("two");
  const heard: (string | null)[] = [];
  const stop = two.news.listen("slots", ({ rows }) => {
    for (const row of rows) heard.push(row && `${row.key} ${row.version}`);
  });
  const write = async (version: number, text: string | null = "text", channel = "slots") => {
    one.news.announce(channel, { key: "a.b", version, xid: "748", text });
    await null;
  };
  return { one, two, heard, stop, write };
}

test("rows go to those who listen; of one key written together only the latest", async () => {
  const { one, two, heard, stop, write } = begin();
  void write(1);
  await write(2);
  await write(3, null);
  assert.deepEqual(heard, ["a.b 2", "a.b 3"]);
  const { messages } = two.mesh;
  await write(4, "text", "others");
  stop();
  await write(5);
  assert.equal(two.mesh.messages, messages);
  two.news.listen("slots", ({ rows }) => void heard.push(`again ${rows.length}`));
  one.news.announce("slots", { key: "a.b", version: 6, xid: null, text: "x".repeat(200_000) });
  await null;
  assert.equal(heard.at(-1), "again 1", "a row that is too large is a hint to look");
});

test("one that does not read misses rows, and is told so once when it reads again", async () => {
  const { two, heard, write } = begin();
  two.mesh.isReading = false;
  for (let version = 1; version <= 100; version += 1) await write(version);
  two.mesh.isReading = true;
  await write(101);
  assert.deepEqual(heard, [null, "a.b 101"]);
});

test("a lost connection is a hint to look, and after it is back rows arrive again", async () => {
  const { one, heard, write } = begin();
  await write(1);
  one.mesh.drop("two");
  await write(2);
  one.mesh.connect("two");
  await write(3);
  assert.deepEqual(heard, ["a.b 1", null, "a.b 3"]);
});

test("what makes no sense is ignored", async () => {
  const { one, heard, write } = begin();
  for (const message of [null, 1, "slots", [7], { slots: 1 }, ["x".repeat(10)]]) {
    for (const channel of ["listen", "unlisten", "news slots", "news x"])
      one.mesh.send("two", channel, message as Json);
  }
  await write(1);
  assert.deepEqual(heard.at(-1), "a.b 1");
});
