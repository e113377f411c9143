import assert from "node:assert/strict";
import { test } from "node:test";
import { UnavailableError } from "../errors.ts";
import { ann, postForm, postJson, recordingLog, testApp } from "./app.testing.ts";

test("a form starts a download and goes back to its page", async () => {
  const { app, carryout } = testApp();
  const fields = {
    kind: "cities.csv",
    slot: "",
    "params.country": "NL",
    "params.region": "",
    other: "x",
    return_to: "/cities?page=2",
  };
  const response = await app.request("/downloads", postForm(fields));
  assert.equal(response.status, 303);
  assert.equal(response.headers.get("location"), "/cities?page=2");
  assert.deepEqual(carryout.requests, [
    { user: "ann", kind: "cities.csv", slot: "default", params: { country: "NL" } },
  ]);
});

test("a form without parameters asks for what JSON without them asks for", async () => {
  const { app, carryout } = testApp();
  await app.request("/downloads", postForm({ kind: "fake", "params.country": "" }));
  await app.request("/downloads", postJson({ kind: "fake" }));
  assert.deepEqual(carryout.requests[0], carryout.requests[1]);
});

test("repeated fields are a list; no field name reaches a prototype", async () => {
  const { app, carryout } = testApp();
  const body = new URLSearchParams([
    ["kind", "fake"],
    ["params.a", "1"],
    ["params.a", "2"],
    ["params.__proto__", "x"],
  ]);
  await app.request("/downloads", { method: "POST", headers: ann, body });
  const params = carryout.requests[0]?.params as object;
  assert.equal(Object.getPrototypeOf(params), Object.prototype);
  assert.deepEqual(Object.entries(params), [
    ["a", ["1", "2"]],
    ["__proto__", "x"],
  ]);
});

test("a multipart form does the same", async () => {
  const { app, carryout } = testApp();
  const body = new FormData();
  body.set("kind", "fake");
  body.set("params.country", "NL");
  body.set("file", new Blob(["ignored"]));
  const response = await app.request("/downloads", { method: "POST", headers: ann, body });
  assert.equal(response.status, 303);
  assert.deepEqual(carryout.requests, [
    { user: "ann", kind: "fake", slot: "default", params: { country: "NL" } },
  ]);
});

test("400 for a multipart form that can't be read", async () => {
  const headers = { ...ann, "Content-Type": "multipart/form-data; boundary=x" };
  const response = await testApp().app.request("/downloads", { method: "POST", headers, body: "nonsense" });
  assert.equal(response.status, 400);
  assert.equal((await response.json()).code, "invalid-form");
});

test("without return_to it goes back to the page of this host that sent it, never elsewhere", async () => {
  const { app } = testApp();
  for (const [headers, location] of [
    [{ Referer: "http://localhost/cities?a=1" }, "/cities?a=1"],
    [{ Referer: "https://evil.example/cities" }, "/"],
    [{}, "/"],
  ] as const) {
    const response = await app.request("/downloads", postForm({ kind: "fake" }, { ...ann, ...headers }));
    assert.equal(response.headers.get("location"), location);
  }
  const response = await app.request("/downloads", postForm({ kind: "fake", return_to: "//evil.example" }));
  assert.equal(response.headers.get("location"), "/");
});

test("a form tries a failed download again", async () => {
  const { app, carryout } = testApp();
  carryout.put({ id: "x", state: "error" });
  const response = await app.request("/downloads/x", postForm({ _method: "retry", return_to: "/cities" }));
  assert.deepEqual([response.status, response.headers.get("location")], [303, "/cities"]);
  assert.equal((await carryout.list("ann"))[0]?.download.id, "x-again");
  const again = await app.request("/downloads/x-again", postForm({ _method: "retry", return_to: "/cities" }));
  assert.equal(again.headers.get("location"), "/cities?carryout_error=not-failed");
});

test("a form's problem goes along in the query", async () => {
  const { app, carryout } = testApp();
  carryout.put({ kind: "fake" });
  for (const [fields, code] of [
    [{ kind: "" }, "invalid-request"],
    [{ kind: "nothing" }, "unknown-kind"],
    [{ kind: "cities.csv" }, "download-in-progress"],
    [{ kind: "fake", "params.country": "nowhere" }, "invalid-parameters"],
  ] as [Record<string, string>, string][]) {
    const response = await app.request("/downloads", postForm({ ...fields, return_to: "/cities" }));
    assert.equal(response.status, 303);
    assert.equal(response.headers.get("location"), `/cities?carryout_error=${code}`);
  }
  carryout.failure = new UnavailableError("away");
  const response = await app.request("/downloads", postForm({ kind: "fake" }));
  assert.equal(response.headers.get("location"), "/?carryout_error=unavailable");
});

test("a form's unforeseen error is an error, and logged", async () => {
  const log = recordingLog();
  const { app, carryout } = testApp({ log });
  carryout.failure = new Error("secret words");
  assert.equal((await app.request("/downloads", postForm({ kind: "fake" }))).status, 500);
  assert.equal(log.lines.at(-1)?.level, "error");
});

test("a form cancels and dismisses", async () => {
  const { app, carryout } = testApp();
  carryout.put({ id: "x" });
  const fields = { _method: "delete", return_to: "/cities" };
  const response = await app.request("/downloads/x", postForm(fields));
  assert.equal(response.status, 303);
  assert.equal(response.headers.get("location"), "/cities");
  assert.equal(await carryout.fetch("ann", "x"), null);
  const again = await app.request("/downloads/x", postForm(fields));
  assert.equal(again.headers.get("location"), "/cities?carryout_error=not-found");
  const other = await app.request("/downloads/x", postForm({ return_to: "/cities" }));
  assert.equal(other.headers.get("location"), "/cities?carryout_error=invalid-request");
  assert.equal((await app.request("/downloads/x", postJson({}))).status, 415);
});

test("no log line names a user", async () => {
  const log = recordingLog();
  const { app, carryout } = testApp({ log });
  carryout.put({ kind: "fake", user: "user-in-clear" });
  const headers = { "X-User": "user-in-clear" };
  await app.request("/downloads", postForm({ kind: "cities.csv" }, headers));
  await app.request("/downloads", postJson({ kind: "cities.csv" }, headers));
  carryout.failure = new Error("broken");
  await app.request("/downloads", { headers });
  assert.ok(log.lines.length > 0);
  assert.doesNotMatch(JSON.stringify(log.lines), /user-in-clear/);
});
