import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { callerAt, postJson, recordingLog, testApp } from "./app.testing.ts";

const token = "t0ken-of-the-operators";
const here = { Authorization: `Bearer ${token}` };
const FAILED = { code: "generation-failed", message: "no luck", retriable: true };

function operatorsApp(change: Parameters<typeof testApp>[0] = {}) {
  return testApp({ operatorToken: token, ...change });
}

describe("GET /cluster/downloads", () => {
  test("finds by user, kind and state, without parameters, in pages that are linked", async () => {
    const { app, carryout } = operatorsApp();
    for (let index = 0; index < 5; index += 1)
      carryout.put({ id: `ann-${index}`, user: "ann", params: { secret: "x" } });
    carryout.put({ id: "bob-1", user: "bob", state: "error", error: FAILED });
    carryout.putFile("ann", "a.csv", new Uint8Array(3), { id: "ann-ready", kind: "cities.csv" });
    const get = async (query: string) => {
      const response = await app.request(`/cluster/downloads?${query}`, { headers: here });
      return { response, body: await response.json() };
    };
    const ids = (body: { downloads: { id: string }[] }) => body.downloads.map(({ id }) => id);
    assert.deepEqual(ids((await get("user=bob&state=error")).body), ["bob-1"]);
    assert.deepEqual(ids((await get("kind=cities.csv")).body), ["ann-ready"]);
    const first = await get("user=ann&limit=4");
    assert.equal(first.response.headers.get("cache-control"), "no-store");
    const link = /<\/cluster\/downloads\?([^>]+)>; rel="next"/.exec(first.response.headers.get("link") ?? "");
    const second = await get(link?.[1] ?? "");
    assert.deepEqual(ids(second.body), ["ann-4", "ann-ready"]);
    assert.equal(second.body.next, null);
    const [found] = (await get("id=bob-1")).body.downloads;
    assert.deepEqual([found.user, found.state, found.error], ["bob", "error", FAILED]);
    assert.doesNotMatch(JSON.stringify(first.body), /secret/);
  });

  test("a condition that can't be met is refused with what was expected", async () => {
    const { app } = operatorsApp();
    for (const query of ["state=done", "limit=0", "limit=x"]) {
      const response = await app.request(`/cluster/downloads?${query}`, { headers: here });
      assert.equal(response.status, 422, query);
      assert.match((await response.json()).detail, /must be/);
    }
  });
});

describe("GET /cluster/downloads/{id}", () => {
  test("the story, with the fetches and the log lines of this node", async () => {
    const recentLines = () => [
      { at: 1, level: "info" as const, message: "generation started", fields: { download: "d1" } },
      { at: 2, level: "info" as const, message: "about another", fields: { download: "d2" } },
    ];
    const { app, carryout } = operatorsApp({ recentLines });
    carryout.view.nodes = carryout.view.nodes.slice(0, 1);
    const events = [
      { type: "requested" as const, at: 0 },
      { type: "claimed" as const, at: 5, node: "n2/b", from: "n1/a", epoch: 2 },
    ];
    const bytes = new Uint8Array([1, 2, 3]);
    carryout.putFile("ann", "a.csv", bytes, {
      id: "d1",
      story: { events, dropped: 1 },
      checkpoints: { count: 4, at: 7 },
    });
    for (const headers of [{}, {}, { Range: "bytes=1-" }, { Range: "bytes=0-1" }] as HeadersInit[]) {
      const file = await app.request("/downloads/d1/a.csv", { headers: { "X-User": "ann", ...headers } });
      assert.ok(file.ok);
      await file.arrayBuffer();
    }
    await app.request("/downloads/d1/a.csv", { method: "HEAD", headers: { "X-User": "ann" } });
    carryout.breakAfter = 0;
    assert.equal((await app.request("/downloads/d1/a.csv", { headers: { "X-User": "ann" } })).status, 410);
    const response = await app.request("/cluster/downloads/d1", { headers: here });
    const story = await response.json();
    assert.equal(response.status, 200);
    assert.deepEqual(story.events, [
      { type: "requested", at: "1970-01-01T00:00:00.000Z" },
      { type: "claimed", at: "1970-01-01T00:00:00.005Z", node: "n2/b", from: "n1/a", epoch: 2 },
    ]);
    assert.deepEqual([story.dropped, story.checkpoints.count, story.checkpoints.bytes], [1, 4, null]);
    assert.equal(story.fetches.count, 3, "only whole transfers that begin are fetches");
    assert.deepEqual(
      story.log.map(({ message, node }: { message: string; node: string }) => [message, node]),
      [["generation started", "n1"]],
    );
    assert.deepEqual(story.unheard, []);
    assert.equal((await app.request("/cluster/downloads/none", { headers: here })).status, 404);
  });
});

describe("POST /cluster/downloads/cancel and retry", () => {
  test("each id has its own result, and what was done is logged", async () => {
    const log = recordingLog();
    const { app, carryout } = operatorsApp({ log });
    carryout.put({ id: "running" });
    carryout.putFile("ann", "a.csv", new Uint8Array(1), { id: "ready" });
    carryout.put({ id: "failed", state: "error", error: FAILED });
    const ids = ["running", "ready", "failed", "none", "running"];
    const post = async (action: string) => {
      const init = postJson({ ids }, here);
      const response = await app.request(`/cluster/downloads/${action}`, init, callerAt("10.0.0.7"));
      assert.equal(response.status, 200);
      const { results } = await response.json();
      return results.map((one: { id: string; result: string; code?: string }) => [
        one.id,
        one.result,
        one.code ?? null,
      ]);
    };
    assert.deepEqual(await post("retry"), [
      ["running", "refused", "not-failed"],
      ["ready", "refused", "not-failed"],
      ["failed", "retried", null],
      ["none", "refused", "not-found"],
    ]);
    assert.deepEqual(await post("cancel"), [
      ["running", "cancelled", null],
      ["ready", "refused", "finished"],
      ["failed", "refused", "finished"],
      ["none", "refused", "not-found"],
    ]);
    const lines = log.lines.map(({ message, fields }) => [message, fields.download, fields.address]);
    assert.deepEqual(lines, [
      ["operator retried a download", "failed-again", "10.0.0.7"],
      ["operator cancelled a download", "running", "10.0.0.7"],
    ]);
  });

  test("anything but 1 to 100 ids is refused", async () => {
    const { app } = operatorsApp();
    const tooMany = Array.from({ length: 101 }, (_, index) => `d${index}`);
    for (const body of [{}, { ids: [] }, { ids: tooMany }, { ids: "d1" }, []]) {
      const response = await app.request("/cluster/downloads/cancel", postJson(body, here));
      assert.equal(response.status, 422, JSON.stringify(body).slice(0, 40));
    }
  });

  test("calls of other sites' pages are refused, even those of trusted origins", async () => {
    const { app, carryout } = operatorsApp({ trustedOrigins: ["https://app.example"] });
    carryout.put({ id: "running" });
    for (const origin of ["https://evil.example", "https://app.example"]) {
      const init = postJson({ ids: ["running"] }, { ...here, Origin: origin });
      const response = await app.request("/cluster/downloads/cancel", init);
      assert.equal((await response.json()).code, "cross-origin");
    }
    assert.ok(await carryout.fetch("ann", "running"));
  });
});
