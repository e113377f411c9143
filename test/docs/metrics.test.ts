import assert from "node:assert/strict";
import { it } from "node:test";
import { ann, manualClock, testApp } from "../../src/http/app.testing.ts";
import { FakeCarryout } from "../../src/http/fake-carryout.testing.ts";
import { createMetrics } from "../../src/http/metrics.ts";
import { Refusals } from "../../src/http/refusals.ts";
import { silentLog } from "../../src/telemetry/log.ts";
import { codesIn, rowsOf, textOf } from "./page.ts";

const TOKEN = "token-of-an-operator";
const rows = rowsOf(textOf("docs/reference/metrics.md"), "metric");

it("the page of metrics has each with its type, and no other", async () => {
  const refusals = new Refusals(silentLog, manualClock());
  const none = () => 0;
  const open = { streams: none, transfers: none, connections: none };
  const text = await createMetrics(new FakeCarryout(), { open, refusals }).text();
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
  const written = rows.map(({ names, cells }) => `${names[0]} ${cells.type}`);
  assert.deepEqual(written.toSorted(), types.toSorted());
});

it("the page of metrics gives their labels", async () => {
  const refusals = new Refusals(silentLog, manualClock());
  refusals.add("maxStreams", null);
  const { app } = testApp({ operatorToken: TOKEN, refusals });
  await app.request("/downloads", { headers: ann });
  const answer = await app.request("/metrics", { headers: { Authorization: `Bearer ${TOKEN}` } });
  assert.equal(answer.status, 200);
  const samples = await answer.text();
  for (const { names, cells } of rows) {
    const [, labels = ""] = new RegExp(`^${names[0]}\\{(.*?)\\}`, "m").exec(samples) ?? [];
    const given = [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label);
    assert.deepEqual(codesIn(cells.labels ?? ""), given, names[0]);
  }
});
