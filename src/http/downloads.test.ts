import assert from "node:assert/strict";
import { test } from "node:test";
import { CarryoutError, UnavailableError } from "../errors.ts";
import { ann, postForm, postJson, recordingLog, testApp } from "./app.testing.ts";
import { FAKE_NOW } from "./fake-carryout.testing.ts";
import { PROBLEM_TYPE } from "./problems.ts";

async function problemIn(response: Response) {
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  const problem = await response.json();
  assert.equal(problem.status, response.status);
  assert.equal(problem.type, `${PROBLEM_TYPE}${problem.code}`);
  assert.equal(typeof problem.title, "string");
  assert.equal(typeof problem.detail, "string");
  return problem;
}

test("POST: 202 with Location, Retry-After and the download", async () => {
  const { app, carryout } = testApp();
  const response = await app.request(
    "/downloads",
    postJson({ kind: "fake", params: { a: 1 }, slot: "left" }),
  );
  assert.equal(response.status, 202);
  assert.equal(response.headers.get("location"), "/downloads/id-1");
  assert.equal(response.headers.get("retry-after"), "1");
  assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  const download = await response.json();
  assert.deepEqual([download.id, download.slot, download.kind], ["id-1", "left", "fake"]);
  assert.deepEqual(carryout.requests, [{ user: "ann", kind: "fake", params: { a: 1 }, slot: "left" }]);
});

test("POST: a repeat with its Idempotency-Key is 200 with what the first one made, also when that is ready", async () => {
  const { app, carryout } = testApp();
  const post = (body: object, key: string) =>
    app.request("/downloads", postJson(body, { ...ann, "Idempotency-Key": key }));
  const first = await post({ kind: "fake" }, '"key-1"');
  const { id } = await first.json();
  assert.equal(first.status, 202);
  assert.equal(carryout.requests[0]?.idempotencyKey, "key-1");
  const { requestKey } = (await carryout.fetch("ann", id))!.download;
  carryout.putFile("ann", "a.csv", new Uint8Array(3), { id, requestKey });
  const repeated = await post({ kind: "fake" }, '"key-1"');
  assert.equal(repeated.status, 200);
  assert.deepEqual([(await repeated.json()).id, repeated.headers.get("location")], [id, `/downloads/${id}`]);
  const other = await post({ kind: "fake", params: { a: 1 } }, '"key-1"');
  assert.equal(other.status, 422);
  assert.equal((await other.json()).code, "key-reused");
  assert.equal((await post({ kind: "fake" }, '""')).status, 422);
});

test("POST: 200 when it joined an equal one", async () => {
  const { app, carryout } = testApp();
  carryout.put({ kind: "fake" });
  const response = await app.request("/downloads", postJson({ kind: "fake" }));
  assert.equal(response.status, 200);
  assert.equal((await response.json()).id, "download-1");
});

test("POST: 409 with the one in progress", async () => {
  const { app, carryout } = testApp();
  carryout.put({ kind: "fake" });
  const response = await app.request("/downloads", postJson({ kind: "cities.csv" }));
  assert.equal(response.status, 409);
  const problem = await problemIn(response);
  assert.equal(problem.code, "download-in-progress");
  assert.equal(problem.download.id, "download-1");
  assert.equal(problem.download.user, undefined);
});

test("POST: 404 for an unknown kind, with the kinds there are", async () => {
  const response = await testApp().app.request("/downloads", postJson({ kind: "nothing" }));
  assert.equal(response.status, 404);
  const problem = await problemIn(response);
  assert.deepEqual([problem.code, problem.kinds], ["unknown-kind", ["cities.csv", "fake"]]);
});

test("POST: 422 for parameters, with one error each", async () => {
  const { app } = testApp();
  const response = await app.request(
    "/downloads",
    postJson({ kind: "fake", params: { country: "nowhere" } }),
  );
  assert.equal(response.status, 422);
  const problem = await problemIn(response);
  assert.equal(problem.code, "invalid-parameters");
  assert.deepEqual(problem.errors, [{ path: "country", message: "expected two letters" }]);
});

const wrongShapes: [unknown, Record<string, string>][] = [
  [{}, { kind: "expected a kind, given nothing" }],
  [{ kind: 1 }, { kind: "expected a kind, given a number" }],
  [{ kind: "" }, { kind: "expected a kind, given an empty string" }],
  [
    { kind: null, slot: 2 },
    {
      kind: "expected a kind, given null",
      slot: 'expected 1 to 64 letters, digits, "-" or "_", given a number',
    },
  ],
  [{ kind: "fake", slot: "a b" }, { slot: 'expected 1 to 64 letters, digits, "-" or "_", given "a b"' }],
  [[], { "": "expected an object { kind, params?, slot? }, given an array" }],
  [null, { "": "expected an object { kind, params?, slot? }, given null" }],
  ['"text"', { "": 'expected an object { kind, params?, slot? }, given "text"' }],
];

for (const [body, messages] of wrongShapes) {
  test(`POST: 422 for ${JSON.stringify(body)}`, async () => {
    const given = body === null ? "null" : body;
    const { app, carryout } = testApp();
    const response = await app.request("/downloads", postJson(given));
    assert.equal(response.status, 422);
    const problem = await problemIn(response);
    assert.equal(problem.code, "invalid-request");
    const errors = Object.entries(messages).map(([path, message]) => ({ path, message }));
    assert.deepEqual(problem.errors, errors);
    for (const { message } of errors) assert.ok(problem.detail.includes(message));
    assert.deepEqual(carryout.requests, []);
  });
}

test("POST: 422 for what the façade finds wrong with the request", async () => {
  const { app, carryout } = testApp();
  carryout.failure = new CarryoutError("invalid-request", "a user id must be well-formed Unicode");
  const response = await app.request("/downloads", postJson({ kind: "fake" }));
  assert.equal(response.status, 422);
  assert.deepEqual((await problemIn(response)).errors, [
    { path: "", message: "a user id must be well-formed Unicode" },
  ]);
});

const deep = `{"kind":"fake","params":${"[".repeat(100)}${"]".repeat(100)}}`;
for (const body of ["", "{", "kind=fake", '{"kind":"fake"', deep]) {
  test(`POST: 400 for the body ${body.slice(0, 30)}`, async () => {
    const response = await testApp().app.request("/downloads", postJson(body));
    assert.equal(response.status, 400);
    assert.equal((await problemIn(response)).code, "invalid-json");
  });
}

test("POST: 400 for bytes that are not UTF-8", async () => {
  const body = Buffer.from('{"kind":"\xff"}', "latin1");
  const response = await testApp().app.request("/downloads", { ...postJson(""), body });
  assert.equal(response.status, 400);
});

for (const type of ["text/plain", "text/html; x=application/json", ""]) {
  test(`POST: 415 for the type ${JSON.stringify(type)}`, async () => {
    const init = { method: "POST", headers: { ...ann, "Content-Type": type }, body: "{}" };
    const response = await testApp().app.request("/downloads", init);
    assert.equal(response.status, 415);
    assert.match(response.headers.get("accept") ?? "", /application\/json/);
    assert.equal((await problemIn(response)).code, "unsupported-media-type");
  });
}

test("POST: application/json may have parameters and capitals", async () => {
  const headers = { ...ann, "Content-Type": "Application/JSON; charset=utf-8" };
  const response = await testApp().app.request("/downloads", postJson({ kind: "fake" }, headers));
  assert.equal(response.status, 202);
});

test("POST: 413 for a body over the limit, announced or not, and no more of it is read", async () => {
  const { app, carryout } = testApp({ maxBodyBytes: 100 });
  const announced = await app.request(
    "/downloads",
    postJson("x".repeat(101), { ...ann, "Content-Length": "101" }),
  );
  assert.equal(announced.status, 413);
  assert.equal((await problemIn(announced)).code, "body-too-large");

  let pulled = 0;
  const endless = new ReadableStream({
    pull(controller) {
      pulled += 1;
      controller.enqueue(new Uint8Array(40));
    },
  });
  const init = { ...postJson(""), body: endless, duplex: "half" };
  const chunked = await app.request("/downloads", init as RequestInit);
  assert.equal(chunked.status, 413);
  assert.ok(pulled < 10, `${pulled} chunks were read`);
  assert.deepEqual(carryout.requests, []);
});

test("POST: a client that disconnects before its body ends is not an internal error", async () => {
  const log = recordingLog();
  const { app, carryout } = testApp({ log });
  const broken = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode('{"kind":')),
    pull: (controller) => controller.error(new Error("aborted")),
  });
  const init = { ...postJson(""), body: broken, duplex: "half" };
  const response = await app.request("/downloads", init as RequestInit);
  assert.equal(response.status, 400);
  assert.equal((await problemIn(response)).code, "bad-request");
  assert.deepEqual(log.lines, []);
  assert.deepEqual(carryout.requests, []);
});

test("503 with Retry-After while draining, closed or unavailable, without our inner words", async () => {
  for (const failure of [
    new CarryoutError("draining", "secret words"),
    new CarryoutError("closed", "secret words"),
    new UnavailableError("secret words"),
  ]) {
    const { app, carryout } = testApp();
    carryout.failure = failure;
    for (const [path, init] of [
      ["/downloads", postJson({ kind: "fake" })],
      ["/downloads", { headers: ann }],
      ["/downloads/download-1", { headers: ann }],
      ["/downloads/download-1", { method: "DELETE", headers: ann }],
    ] as const) {
      const response = await app.request(path, init);
      assert.equal(response.status, 503);
      assert.equal(response.headers.get("retry-after"), "1");
      const problem = await problemIn(response);
      assert.equal(problem.code, failure.code);
      assert.doesNotMatch(problem.detail, /secret words/);
    }
  }
});

test("500 without a stack for anything unforeseen; the log has it under the same reference", async () => {
  const log = recordingLog();
  const { app, carryout } = testApp({ log });
  carryout.failure = new RangeError("secret words");
  const response = await app.request("/downloads", { headers: ann });
  assert.equal(response.status, 500);
  const problem = await problemIn(response);
  assert.equal(problem.code, "internal-error");
  assert.doesNotMatch(JSON.stringify(problem), /secret words|downloads\.ts/);
  const line = log.lines.find(({ level }) => level === "error");
  assert.equal(line?.fields.error, carryout.failure);
  assert.equal(line?.fields.reference, problem.reference);
});

test("401 for whom the application does not know", async () => {
  for (const [path, method] of [
    ["/downloads", "GET"],
    ["/downloads/events", "GET"],
    ["/downloads/download-1", "GET"],
    ["/downloads/download-1", "DELETE"],
    ["/downloads/download-1/file.csv", "GET"],
  ] as const) {
    const response = await testApp().app.request(path, { method });
    assert.equal(response.status, 401, `${method} ${path}`);
    assert.equal((await problemIn(response)).code, "unauthenticated");
  }
  assert.equal((await testApp().app.request("/downloads", postJson({ kind: "fake" }, {}))).status, 401);
});

test("GET /downloads lists the user's own", async () => {
  const { app, carryout } = testApp();
  carryout.put({ id: "mine" });
  carryout.put({ id: "other", user: "bob" });
  const response = await app.request("/downloads", { headers: ann });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("cache-control"), "private, no-cache");
  const { downloads } = await response.json();
  assert.deepEqual(
    downloads.map(({ id }: { id: string }) => id),
    ["mine"],
  );
});

test("GET /downloads/{id} has every member of the contract and none of the owner's", async () => {
  const { app, carryout } = testApp();
  carryout.putFile("ann", "a/ü.csv", new Uint8Array(3), { id: "x" });
  const response = await app.request("/downloads/x", { headers: ann });
  assert.equal(response.headers.get("retry-after"), null);
  const download = await response.json();
  assert.deepEqual(download, {
    id: "x",
    slot: "default",
    kind: "fake",
    state: "ready",
    progress: { done: 1, total: 4, fraction: 0.25, message: null },
    position: null,
    etaMs: null,
    node: "n1/1",
    epoch: 1,
    file: {
      name: "a_ü.csv",
      type: "text/csv; charset=utf-8",
      size: 3,
      sha256: "709e80c88487a2411e1ee4dfb9f22a861492d20c4765150c0c794abd70f8147c",
      url: "/downloads/x/a_%C3%BC.csv",
    },
    error: null,
    requestedAt: "2026-01-02T03:04:03.678Z",
    startedAt: "2026-01-02T03:04:04.678Z",
    finishedAt: "2026-01-02T03:04:05.678Z",
    expiresAt: new Date(FAKE_NOW + 1e6).toISOString(),
  });
  assert.equal((await app.request(download.file.url, { headers: ann })).status, 200);
});

test("GET /downloads/{id}: Retry-After while unfinished, by what is expected", async () => {
  const { app, carryout } = testApp();
  for (const [etaMs, expected] of [
    [null, "1"],
    [10, "1"],
    [3_100, "4"],
    [1e9, "10"],
  ] as const) {
    carryout.put({ id: "x" }, { etaMs });
    const response = await app.request("/downloads/x", { headers: ann });
    assert.equal(response.headers.get("retry-after"), expected);
  }
});

test("GET: 304 while nothing has changed, and a new tag afterwards", async () => {
  const { app, carryout } = testApp();
  carryout.put({ id: "x" });
  for (const path of ["/downloads", "/downloads/x"]) {
    carryout.put({ id: "x", epoch: 1 });
    const first = await app.request(path, { headers: ann });
    const etag = first.headers.get("etag") as string;
    assert.match(etag, /^"[\w-]+"$/);
    const second = await app.request(path, { headers: { ...ann, "If-None-Match": etag } });
    assert.equal(second.status, 304);
    assert.equal(second.headers.get("etag"), etag);
    assert.equal(await second.text(), "");
    carryout.put({ id: "x", epoch: 2 });
    const third = await app.request(path, { headers: { ...ann, "If-None-Match": etag } });
    assert.equal(third.status, 200);
    const wrong = await app.request(path, { headers: { ...ann, "If-Match": '"other"' } });
    assert.equal(wrong.status, 412);
  }
});

test("404 for an unknown id and for another user's, with the same message", async () => {
  const { app, carryout } = testApp();
  carryout.put({ id: "x", user: "bob" });
  const somebodyElses = await (await app.request("/downloads/x", { headers: ann })).text();
  const unknown = await app.request("/downloads/y", { headers: ann });
  assert.equal(unknown.status, 404);
  assert.equal(await unknown.text(), somebodyElses);
  assert.equal((await app.request("/downloads/x", { method: "DELETE", headers: ann })).status, 404);
  assert.equal((await app.request("/downloads/x", { headers: { "X-User": "bob" } })).status, 200);
});

test("DELETE: 204, and 404 when it is repeated", async () => {
  const { app, carryout } = testApp();
  carryout.put({ id: "x" });
  const init = { method: "DELETE", headers: ann };
  const response = await app.request("/downloads/x", init);
  assert.equal(response.status, 204);
  assert.equal(await response.text(), "");
  assert.equal((await app.request("/downloads/x", init)).status, 404);
});

test("POST /downloads/{id}/retry: 202 with the new one, 409 when it did not fail, 404 for another user's", async () => {
  const { app, carryout } = testApp();
  const retry = (id: string) => app.request(`/downloads/${id}/retry`, { method: "POST", headers: ann });
  carryout.put({ id: "failed", state: "error", kind: "cities.csv", slot: "s" });
  carryout.put({ id: "running", slot: "t" });
  carryout.put({ id: "bobs", user: "bob", state: "error" });
  const response = await retry("failed");
  assert.equal(response.status, 202);
  assert.equal(response.headers.get("location"), "/downloads/failed-again");
  const { id, kind, slot, state } = await response.json();
  assert.deepEqual([id, kind, slot, state], ["failed-again", "cities.csv", "s", "processing"]);
  const refused = await retry("running");
  assert.deepEqual([refused.status, (await refused.json()).code], [409, "not-failed"]);
  for (const unknown of ["bobs", "nothing"]) assert.equal((await retry(unknown)).status, 404);
});

test("mounted under a path, all URLs begin with it", async () => {
  const { app, carryout } = testApp({ basePath: "/exports/" });
  carryout.putFile("ann", "a.csv", new Uint8Array(3), { id: "x", slot: "other" });
  const started = await app.request("/exports/downloads", postJson({ kind: "fake" }));
  assert.equal(started.headers.get("location"), "/exports/downloads/id-1");
  const { file } = await (await app.request("/exports/downloads/x", { headers: ann })).json();
  assert.equal(file.url, "/exports/downloads/x/a.csv");
  assert.equal((await app.request(file.url, { headers: ann })).status, 200);
  // A proxy may have stripped it.
  const list = await app.request("/downloads?limit=1", { headers: ann });
  assert.match(list.headers.get("link") ?? "", /^<\/exports\/downloads\?/);
  for (const elsewhere of ["/exportsdownloads", "/other/downloads", "/exports/exports/downloads"]) {
    assert.equal((await app.request(elsewhere, { headers: ann })).status, 404, elsewhere);
  }
  const api = await (await app.request("/exports/openapi.json")).json();
  assert.deepEqual(api.servers, [{ url: "/exports" }]);
  for (const basePath of ["exports", "/a//b", "/a/../b", "/a?b", "/downloads", "/cluster/x"]) {
    assert.throws(() => testApp({ basePath }), /basePath must be "\/" or a path such as/, basePath);
  }
});

test("mounted under a path, a form comes back to it, and so does the page of a problem", async () => {
  const { app } = testApp({ basePath: "/exports" });
  const form = await app.request("/exports/downloads", postForm({ kind: "fake" }));
  assert.deepEqual([form.status, form.headers.get("location")], [303, "/exports/"]);
  const asBrowser = { headers: { Accept: "text/html" } };
  for (const path of ["/exports/nothing", "/exports/cluster/nodes"]) {
    assert.match(await (await app.request(path, asBrowser)).text(), /<a href="\/exports\/">/, path);
  }
  const { app: embedded } = testApp({ basePath: "/exports", homePath: "/start" });
  assert.match(await (await embedded.request("/exports/x", asBrowser)).text(), /<a href="\/start">/);
});

test("404 where no route is, 405 where another method is", async () => {
  const { app } = testApp();
  for (const path of ["/", "/nothing", "/downloads/a/b/c", "/cluster/nodes/n1"]) {
    const response = await app.request(path, { headers: ann });
    assert.equal(response.status, 404, path);
    assert.equal((await response.json()).code, "no-such-route");
  }
  const response = await app.request("/downloads/x", { method: "PUT", headers: ann });
  assert.equal(response.status, 405);
  assert.equal(response.headers.get("allow"), "DELETE, GET, HEAD, POST");
  assert.equal((await problemIn(response)).code, "method-not-allowed");
});
