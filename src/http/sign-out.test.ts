import assert from "node:assert/strict";
import { test } from "node:test";
import { ann, postForm, postJson, testApp, visitorApp } from "./app.testing.ts";

const cookieOf = (response: Response) => response.headers.get("set-cookie")?.split(";")[0] ?? "";

test("a visitor who signs out leaves nothing: no cookie, no download, nothing in the cache", async () => {
  const { app } = visitorApp();
  const Cookie = cookieOf(await app.request("/downloads", postJson({ kind: "fake" }, {})));
  const response = await app.request("/downloads/sign-out", { method: "POST", headers: { Cookie } });
  assert.equal(response.status, 204);
  assert.match(response.headers.get("set-cookie") ?? "", /^carryout=; Path=\/; Max-Age=0/);
  assert.equal(response.headers.get("clear-site-data"), '"cache"');
  // A copy of the cookie gives access to nothing any more.
  const { downloads } = await (await app.request("/downloads", { headers: { Cookie } })).json();
  assert.deepEqual(downloads, []);
});

test("a form returns to its page; a visitor without a cookie may sign out as well", async () => {
  const { app } = visitorApp();
  const form = postForm({}, { Referer: "http://localhost/reports?x=1", Host: "localhost" });
  const response = await app.request("/downloads/sign-out", form);
  assert.deepEqual([response.status, response.headers.get("location")], [303, "/reports?x=1"]);
});

test("another site can sign nobody out", async () => {
  const { app } = visitorApp();
  const headers = { Origin: "https://evil.example" };
  assert.equal((await app.request("/downloads/sign-out", { method: "POST", headers })).status, 403);
});

test("an application's users sign out there", async () => {
  const { app, carryout } = testApp();
  carryout.put({ id: "x" });
  const response = await app.request("/downloads/sign-out", { method: "POST", headers: ann });
  assert.equal(response.status, 404);
  assert.equal((await app.request("/downloads/x", { headers: ann })).status, 200);
});
