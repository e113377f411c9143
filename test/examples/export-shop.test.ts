import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, it } from "node:test";
import { memory, openNode } from "../../src/index.ts";

const dir = mkdtempSync(join(tmpdir(), "carryout-shop-"));
after(() => rmSync(dir, { recursive: true }));

it("the shop's orders: asked for by kind and parameters, made in a process, with the day in the name", async () => {
  process.env.SHOP_DB = join(dir, "shop.db");
  const db = new DatabaseSync(process.env.SHOP_DB);
  db.exec(
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, year INT, placed_at TEXT, customer TEXT, total REAL, note TEXT)",
  );
  const insert = db.prepare("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?)");
  for (let id = 1; id <= 2_500; id++)
    insert.run(id, 2025 + (id % 2), "2026-03-01 12:00:00", `Zoë ${id}`, id / 4, "=1");
  db.close();

  await using node = await openShop();
  const { exports } = node;
  assert.deepEqual(
    exports()[0]?.formats.map(({ kind }) => kind),
    ["orders.csv", "orders.ndjson"],
  );
  const params = { columns: ["id", "note", "placed_at", "customer", "total"], timeZone: "Europe/Zurich" };
  const { download } = await node.start({ user: "ann", kind: "orders.csv", params });
  const file = await node.ready(download.id);
  const day = new Intl.DateTimeFormat("sv", { timeZone: "Europe/Zurich" }).format(
    new Date(download.requestedAt),
  );
  assert.equal(file.name, `orders-of-2026-${day}.csv`);
  const lines = file.text.split("\r\n");
  assert.equal(lines.length, 1 + 1_250 + 1);
  assert.deepEqual(lines.slice(0, 2), [
    "\ufeffNo.;Note;Placed;Customer;Total",
    "1;'=1;2026-03-01T12:00:00.000Z;Zoë 1;0.25",
  ]);
});

async function openShop() {
  const generators = new URL("../../examples/exports/shop.ts", import.meta.url);
  const node = await openNode<typeof import("../../examples/exports/shop.ts")>({
    engine: memory(),
    generators,
  });
  return {
    exports: () => node.exports(),
    start: node.start,
    async ready(id: string) {
      for await (const event of node.watch("ann", AbortSignal.timeout(60_000))) {
        const download = event.type === "download" ? event.download : null;
        if (download?.id !== id && event.type !== "snapshot") continue;
        const state = (await node.get("ann", id))!;
        assert.notEqual(state.state, "error", state.error?.message);
        if (state.state !== "ready") continue;
        const chunks: Uint8Array[] = [];
        for await (const chunk of (await node.read("ann", id))!) chunks.push(chunk);
        return { name: state.file!.name, text: Buffer.concat(chunks).toString() };
      }
      return assert.fail("the stream ended");
    },
    [Symbol.asyncDispose]: () => node.close(),
  };
}
