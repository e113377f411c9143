import assert from "node:assert/strict";
import { after, test } from "node:test";
import { defineGenerator, type Log, memory, openNode } from "carryout";
import { tellingSlowWrites } from "./slow-writes.ts";

const note = defineGenerator({
  kind: "note",
  isolation: "inline",
  file: { name: "note.txt", type: "text/plain" },
  run: ({ write }) => write("a note"),
});

test("two nodes on one custom engine: a file requested from one is served by the other", async () => {
  const told: unknown[] = [];
  const log: Log = {
    debug() {},
    info() {},
    warn: ({ write }) => told.push(write),
    error: (_fields, message) => assert.fail(message),
    child: () => log,
  };
  const engine = tellingSlowWrites(memory(), 0);
  const open = async () => {
    const node = await openNode({ engine, generators: [note], log });
    after(() => node.close());
    return node;
  };
  const [one, other] = [await open(), await open()];
  const user = "ann";
  const ready = new AbortController();
  const { download } = await one.start({ user, kind: "note" });
  for await (const event of other.watch(user, ready.signal)) {
    const seen =
      event.type === "snapshot" ? event.downloads : event.type === "download" ? [event.download] : [];
    if (seen.some(({ state }) => state === "ready")) ready.abort();
  }
  const chunks = (await other.read(user, download.id)) ?? assert.fail("it is ready");
  let text = "";
  for await (const chunk of chunks) text += Buffer.from(chunk).toString();
  assert.equal(text, "a note");
  assert.equal(await other.read("bob", download.id), null);
  assert.ok(told.includes("insert") && told.includes("update"), String(told));
});
