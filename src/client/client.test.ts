import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createClient } from "./client.ts";
import { CarryoutClientError } from "./client-error.ts";
import { slotOf } from "./downloads-state.ts";
import { CLIENT_VERSION } from "./page-downloads.ts";
import { at, ready, sample } from "./sample.testing.ts";

/** A server whose answers to anything but HEAD are given in order. */
function serving(...answers: Response[]) {
  const calls: { method: string; url: string; headers: Headers; body: unknown }[] = [];
  const send = (async (url: string, { method = "GET", headers, body }: RequestInit = {}) => {
    if (method === "HEAD") return new Response(null, { headers: { "carryout-viewer": "ann" } });
    calls.push({
      method,
      url,
      headers: new Headers(headers),
      body: typeof body === "string" ? JSON.parse(body) : null,
    });
    return answers.shift() ?? new Response(null, { status: 500 });
  }) as typeof fetch;
  return { client: createClient({ fetch: send }), calls };
}

const accepted = () => Response.json(at(0.5), { status: 202 });

function refused(status: number, members: object): Response {
  const headers = { "content-type": "application/problem+json" };
  return Response.json({ status, ...members }, { status, headers });
}

test("a download that was started is in the state, which stays the same object afterwards", async () => {
  const { client, calls } = serving(accepted());
  const seen: (string | undefined)[] = [];
  client.subscribe(() => {
    const { starting, download } = slotOf(client.getSnapshot());
    seen.push(starting?.kind ?? download?.id);
  });
  const download = await client.start("cities.pdf", { country: "LU" });
  assert.equal(download.id, "a");
  assert.deepEqual(calls[0]?.body, { kind: "cities.pdf", slot: "default", params: { country: "LU" } });
  const state = client.getSnapshot();
  assert.equal(client.getSnapshot(), state);
  assert.equal(slotOf(state).download?.percent, 50);
  assert.ok(seen.includes("cities.pdf") && seen.at(-1) === "a", String(seen));
  assert.equal(client.isAnswerTo("a", "cities.pdf", { country: "LU" }), true);
  assert.equal(client.isAnswerTo("a", "cities.pdf"), false);
});

test("slot and idempotency key are sent; without a key two equal calls are one request", async () => {
  const { client, calls } = serving(accepted(), Response.json(sample({ id: "b", slot: "x" })));
  await Promise.all([client.start("cities.pdf"), client.start("cities.pdf")]);
  assert.equal(calls.length, 1);
  await client.start("cities.pdf", undefined, { slot: "x", idempotencyKey: 'say "one"' });
  assert.deepEqual(calls[1]?.body, { kind: "cities.pdf", slot: "x" });
  assert.equal(calls[1]?.headers.get("idempotency-key"), String.raw`"say \"one\""`);
});

test("a refusal rejects with the server's problem, and is in the state of its slot until dismissed", async () => {
  const errors = [{ path: "year", message: "expected a number" }];
  const type = "urn:carryout:problem:invalid-parameters";
  const { client } = serving(refused(422, { type, code: "invalid-parameters", detail: "No.", errors }));
  const error = await client.start("cities.pdf").catch((thrown: unknown) => thrown);
  assert.ok(error instanceof CarryoutClientError);
  const { code, status, message, retriable, download } = error;
  assert.deepEqual(
    { code, type: error.type, status, message, retriable, errors: error.errors, download },
    {
      code: "invalid-parameters",
      type,
      status: 422,
      message: "No.",
      retriable: false,
      errors,
      download: null,
    },
  );
  assert.equal(slotOf(client.getSnapshot()).problem?.code, "invalid-parameters");
  client.dismissProblem();
  assert.equal(slotOf(client.getSnapshot()).problem, null);
});

test("while another one runs, the error has it, and the state shows it", async () => {
  const running = sample({ id: "b", kind: "cities.csv" });
  const { client } = serving(
    refused(409, { code: "download-in-progress", detail: "No.", download: running }),
  );
  await assert.rejects(client.start("cities.pdf"), { code: "download-in-progress", download: running });
  assert.equal(slotOf(client.getSnapshot()).download?.id, "b");
});

test("a removal that is refused rejects and brings the download back", async () => {
  const { client } = serving(refused(403, { code: "cross-origin", detail: "No." }));
  const initial = { downloads: [ready()] };
  const seeded = createClient({ initial, fetch: (async () => refused(403, { code: "no" })) as typeof fetch });
  await assert.rejects(seeded.remove("a"), { code: "no", status: 403 });
  assert.equal(seeded.getSnapshot().downloads[0]?.id, "a");
  await assert.rejects(client.remove("unknown"), { code: "cross-origin" });
});

test("list, get and exports give what the server has, or reject", async () => {
  const link = '</downloads?limit=1&after=f1-a>; rel="next"';
  const { client, calls } = serving(
    Response.json({ downloads: [ready()] }, { headers: { link } }),
    new Response(null, { status: 404 }),
    Response.json({ exports: [] }),
  );
  assert.deepEqual(await client.list({ limit: 1 }), { downloads: [ready()], next: "f1-a" });
  assert.equal(await client.get("x y"), null);
  assert.deepEqual(await client.exports(), []);
  await assert.rejects(client.exports(), { name: "CarryoutClientError", code: "http-500" });
  assert.deepEqual(
    calls.map(({ url }) => url),
    ["/downloads?limit=1", "/downloads/x%20y", "/downloads/exports", "/downloads/exports"],
  );
});

test("on a server it shows what it was given, subscribes to nothing, and shares nothing", () => {
  const downloads = [at(0.25), ready({ id: "b", slot: "other" })];
  const client = createClient({ initial: { downloads } });
  client.subscribe(() => {})();
  const state = client.getSnapshot();
  assert.deepEqual(
    state.downloads.map(({ id, percent }) => [id, percent]),
    [
      ["a", 25],
      ["b", 100],
    ],
  );
  assert.deepEqual([state.loaded, state.connection], [true, "connecting"]);
  assert.equal(client.getServerSnapshot(), client.getServerSnapshot());
  assert.deepEqual(client.getServerSnapshot(), state);
  client.markFetched("b");
  assert.equal(client.getServerSnapshot().downloads[1]?.fetched, false, "the server does not know that");
  assert.deepEqual(createClient().getSnapshot().downloads, []);
  assert.equal(createClient().getSnapshot().loaded, false);
});

test("the version by which copies of the client find each other is the package's", () => {
  const path = new URL("../../package.json", import.meta.url);
  assert.equal(CLIENT_VERSION, JSON.parse(readFileSync(path, "utf8")).version);
});
