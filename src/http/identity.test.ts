import assert from "node:assert/strict";
import { test } from "node:test";
import { postJson, visitorApp } from "./test-app.ts";

const cookieOf = (response: Response) => response.headers.get("set-cookie")?.split(";")[0] ?? "";

test("a new visitor gets a cookie that the next request is known by", async () => {
  const { app, carryout } = visitorApp();
  const started = await app.request("/downloads", postJson({ kind: "fake" }, {}));
  assert.equal(started.status, 202);
  const cookie = cookieOf(started);
  assert.match(cookie, /^carryout=v1\./);
  const listed = await app.request("/downloads", { headers: { Cookie: cookie } });
  assert.equal(listed.headers.get("set-cookie"), null);
  assert.equal((await listed.json()).downloads.length, 1);
  assert.notEqual(carryout.requests[0]?.user, "");
});

test("list and events make a visitor, so that what is asked for next is seen there", async () => {
  for (const path of ["/downloads", "/downloads/events"]) {
    const response = await visitorApp().app.request(path);
    assert.match(response.headers.get("set-cookie") ?? "", /HttpOnly; SameSite=Lax$/);
    await response.body?.cancel();
  }
});

test("what needs no user sets no cookie", async () => {
  const { app } = visitorApp();
  for (const path of [
    "/healthz",
    "/readyz",
    "/openapi.json",
    "/downloads/x",
    "/downloads/x/a.csv",
    "/nothing",
  ]) {
    assert.equal((await app.request(path)).headers.get("set-cookie"), null, path);
  }
});

test("without a cookie nothing is one's own", async () => {
  const { app, carryout } = visitorApp();
  carryout.put({ id: "x" });
  assert.equal((await app.request("/downloads/x")).status, 404);
  assert.equal((await app.request("/downloads/x", { method: "DELETE" })).status, 404);
});

test("a forged cookie is ignored and replaced", async () => {
  const { app } = visitorApp();
  const forged = { Cookie: `carryout=v1.${"a".repeat(22)}.tzzzzz.${"b".repeat(43)}` };
  const response = await app.request("/downloads", { headers: forged });
  assert.equal(response.status, 200);
  assert.match(cookieOf(response), /^carryout=v1\./);
  assert.notEqual(cookieOf(response), forged.Cookie);
});

test("an ageing cookie is renewed for the same visitor", async () => {
  const { app, clock } = visitorApp();
  const first = cookieOf(await app.request("/downloads", postJson({ kind: "fake" }, {})));
  clock.advance(200 * 24 * 3_600_000);
  const response = await app.request("/downloads", { headers: { Cookie: first } });
  assert.notEqual(cookieOf(response), "");
  assert.notEqual(cookieOf(response), first);
  assert.equal((await response.json()).downloads.length, 1);
});

test("Secure when the request came encrypted, as a trusted proxy says or by itself", async () => {
  const forwarded = { headers: { "X-Forwarded-Proto": "https" } };
  const secure = async (app: ReturnType<typeof visitorApp>["app"], url: string, init = {}) =>
    /; Secure$/.test((await app.request(url, init)).headers.get("set-cookie") ?? "");
  assert.equal(await secure(visitorApp().app, "https://a.example/downloads"), true);
  assert.equal(await secure(visitorApp().app, "http://a.example/downloads"), false);
  assert.equal(await secure(visitorApp().app, "http://a.example/downloads", forwarded), false);
  const { app } = visitorApp({ trustProxy: true });
  assert.equal(await secure(app, "http://a.example/downloads", forwarded), true);
});
