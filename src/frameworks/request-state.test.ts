import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createClient } from "../client/client.ts";
import type { PublicDownload } from "../client/public-download.ts";
import { listActions, requestActions, requestState } from "./request-state.ts";
import { sampleDownload } from "./sample-download.testing.ts";

/** A client whose server answers each call with the next of these; the last one stays. */
function clientWith(answers: readonly Response[], downloads: readonly PublicDownload[] = []) {
  const calls: string[] = [];
  const client = createClient({
    initial: { downloads },
    fetch: async (url, init) => {
      calls.push(`${init?.method ?? "GET"} ${url}`);
      const answer =
        answers[Math.min(calls.filter((call) => !call.startsWith("HEAD")).length, answers.length) - 1];
      return (answer ?? Response.json({}, { status: 500 })).clone();
    },
  });
  const request = { kind: "report", params: { year: 2026 }, slot: "default" };
  const now = () => requestState(client, client.getSnapshot(), request);
  return { client, calls, now, actions: requestActions(client, () => request) };
}

const problem = (status: number, code: string) =>
  Response.json(
    { code, title: "No", detail: "Not today." },
    { status, headers: { "content-type": "application/problem+json" } },
  );

describe("the state of a request", () => {
  it("goes from idle over starting to what the server says", async () => {
    const made = sampleDownload({
      kind: "report",
      state: "processing",
      progress: { done: 1, total: 4, fraction: 0.25, message: null },
    });
    const { now, actions } = clientWith([Response.json(made, { status: 202 })]);
    assert.deepEqual([now().state, now().download, now().progress], ["idle", null, null]);
    const starting = actions.start();
    assert.equal(now().state, "starting");
    await starting;
    assert.deepEqual(
      [now().state, now().progress, now().error, now().link],
      ["processing", 0.25, null, null],
    );
  });

  it("has the link of a ready file, and can be dismissed", async () => {
    const ready = sampleDownload({ kind: "report", state: "ready" });
    const { now, actions, calls } = clientWith([new Response(null, { status: 204 })], [ready]);
    assert.deepEqual(now().link, { href: ready.file?.url, download: ready.file?.name });
    await actions.dismiss();
    assert.deepEqual([now().state, now().link, calls], ["idle", null, [`DELETE /downloads/${ready.id}`]]);
  });

  it("tells a refusal as its error, rejects nothing, and forgets it when dismissed", async () => {
    const { now, actions } = clientWith([problem(422, "invalid-parameters")]);
    await actions.start();
    assert.deepEqual(
      [now().state, now().error?.code, now().error?.message],
      ["idle", "invalid-parameters", "Not today."],
    );
    await actions.dismiss();
    assert.equal(now().error, null);
  });

  it("retries what failed by its id, and a refusal by asking again", async () => {
    const failed = sampleDownload({ kind: "report", state: "error" });
    const running = sampleDownload({ kind: "report", id: "next", state: "processing" });
    const { now, actions, calls } = clientWith([Response.json(running, { status: 202 })], [failed]);
    assert.equal(now().error?.message, failed.error?.message);
    await actions.retry();
    assert.deepEqual([now().download?.id, calls.at(-1)], ["next", `POST /downloads/${failed.id}/retry`]);
  });

  it("leaves another kind's download alone, and tells what occupies the slot", () => {
    const other = sampleDownload({ kind: "orders", state: "processing" });
    const { now } = clientWith([], [other]);
    assert.deepEqual([now().state, now().download, now().other?.id], ["idle", null, other.id]);
  });

  it("of a list: a refused removal rejects nothing and comes back with its problem", async () => {
    const ready = sampleDownload({ kind: "report", state: "ready" });
    const { client } = clientWith([problem(403, "forbidden")], [ready]);
    await listActions(client).remove(ready.id);
    assert.equal(client.getSnapshot().slots.default?.problem?.code, "forbidden");
    assert.deepEqual(
      client.getSnapshot().downloads.map(({ id }) => id),
      [ready.id],
    );
  });
});
