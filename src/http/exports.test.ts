import assert from "node:assert/strict";
import { test } from "node:test";
import { testApp } from "./app.testing.ts";

const columns = [{ key: "id", title: "Id", optional: false, selected: true }];

function offer(name: string, exportKind = "orders") {
  const format = { name, extension: name, type: `text/${name}` };
  return {
    kind: `${exportKind}.${name}`,
    export: exportKind,
    title: "Orders",
    format,
    columns,
    schema: { type: "object" },
  };
}

test("tells each export once, with a kind for each format", async () => {
  const { app, carryout } = testApp();
  carryout.offered = [offer("csv"), offer("csv", "sales"), offer("xlsx")];
  const response = await app.request("/downloads/exports");
  assert.equal(response.status, 200);
  const { exports } = (await response.json()) as { exports: { kind: string }[] };
  assert.deepEqual(
    exports.map(({ kind }) => kind),
    ["orders", "sales"],
  );
  assert.deepEqual(exports[0], {
    kind: "orders",
    title: "Orders",
    formats: [
      { name: "csv", kind: "orders.csv", extension: "csv", type: "text/csv" },
      { name: "xlsx", kind: "orders.xlsx", extension: "xlsx", type: "text/xlsx" },
    ],
    columns,
    params: { type: "object" },
  });
  const headers = { "If-None-Match": response.headers.get("etag") as string };
  assert.equal((await app.request("/downloads/exports", { headers })).status, 304);
});
