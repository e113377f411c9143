import assert from "node:assert/strict";
import { test } from "node:test";
import { ann, callerAt, postJson, recordingLog, testApp, visitorApp } from "./app.testing.ts";
import { readEvents } from "./read-events.testing.ts";

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

test("the list creates a visitor, so that the next request appears in it", async () => {
  const response = await visitorApp().app.request("/downloads");
  assert.match(response.headers.get("set-cookie") ?? "", /HttpOnly; SameSite=Lax$/);
});

test("an event stream makes none: however late it is answered, a start beside it keeps its cookie", async () => {
  const { app, clock } = visitorApp();
  const [stream, started] = await Promise.all([
    app.request("/downloads/events"),
    app.request("/downloads", postJson({ kind: "fake" }, {})),
  ]);
  assert.equal(stream.headers.get("set-cookie"), null);
  assert.equal(stream.headers.get("carryout-viewer"), null);
  const events = readEvents(stream);
  assert.deepEqual(await events.event(), { name: "snapshot", data: { downloads: [] } });
  const end = events.event();
  await new Promise(setImmediate);
  clock.advance(10_000);
  assert.equal(await end, null, "it ends, so that the browser comes back as somebody");
  const own = await app.request("/downloads/events", { headers: { Cookie: cookieOf(started) } });
  assert.equal(own.headers.get("carryout-viewer"), started.headers.get("carryout-viewer")?.split(";")[0]);
  await own.body?.cancel();
});

test("every answer names its viewer, and whether the browser has yet to keep the cookie", async () => {
  const { app } = visitorApp();
  const viewer = async (path: string, headers = {}) => {
    const response = await app.request(path, { headers });
    return { cookie: cookieOf(response), tag: response.headers.get("carryout-viewer") };
  };
  const first = await viewer("/downloads");
  const second = await viewer("/downloads");
  assert.match(first.tag ?? "", /^[\w-]{16}; new$/);
  assert.notEqual(first.tag, second.tag);
  const known = { Cookie: first.cookie };
  assert.equal((await viewer("/downloads", known)).tag, first.tag?.slice(0, 16));
  assert.equal((await viewer("/downloads/viewer", known)).tag, first.tag?.slice(0, 16));
  assert.deepEqual(await viewer("/downloads/viewer"), { cookie: "", tag: null });
  const application = testApp().app;
  const ofAnn = await application.request("/downloads", { headers: ann });
  assert.match(ofAnn.headers.get("carryout-viewer") ?? "", /^[\w-]{16}$/);
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
  clock.advance(50 * 24 * 3_600_000);
  const response = await app.request("/downloads", { headers: { Cookie: first } });
  assert.notEqual(cookieOf(response), "");
  assert.notEqual(cookieOf(response), first);
  assert.equal((await response.json()).downloads.length, 1);
});

test("cookies are Secure if the request was encrypted, directly or according to a trusted proxy", async () => {
  const forwarded = { headers: { "X-Forwarded-Proto": "https" } };
  const secure = async (app: ReturnType<typeof visitorApp>["app"], url: string, init = {}) =>
    /; Secure$/.test((await app.request(url, init)).headers.get("set-cookie") ?? "");
  assert.equal(await secure(visitorApp().app, "https://a.example/downloads"), true);
  assert.equal(await secure(visitorApp().app, "http://a.example/downloads"), false);
  assert.equal(await secure(visitorApp().app, "http://a.example/downloads", forwarded), false);
  const { app } = visitorApp({ trustProxy: true });
  assert.equal(await secure(app, "http://a.example/downloads", forwarded), true);
});

test("every result of identify is a user, no user, or an error that the log names", async () => {
  const log = recordingLog();
  const asked = async (answer: () => unknown) => {
    const { app } = testApp({ identify: answer as () => string, log });
    const { status } = await app.request("/downloads");
    return status;
  };
  for (const user of ["ann", 42, 0, 7n, Promise.resolve("ann"), "u".repeat(512)]) {
    assert.equal(await asked(() => user), 200, String(user));
  }
  for (const nobody of [undefined, null, false, "", Promise.resolve(undefined)]) {
    assert.equal(await asked(() => nobody), 401, String(nobody));
  }
  assert.ok(!log.lines.some(({ level }) => level === "error"));
  const mistakes: [answer: unknown, reason: RegExp][] = [
    [Number.NaN, /identify must return a string or null, not the number NaN/],
    [1.5, /not the number 1\.5/],
    [2 ** 60, /not the number/],
    [true, /not a boolean/],
    [{ id: "ann" }, /not an object/],
    [["ann"], /not an Array/],
    [Symbol("ann"), /not a symbol/],
    ["u".repeat(513), /at most 512 characters, not 513/],
    ["\ud800", /lone surrogate/],
  ];
  for (const [answer, reason] of mistakes) {
    assert.equal(await asked(() => answer), 500, reason.source);
    assert.match(
      (log.lines.findLast(({ level }) => level === "error")!.fields.error as Error).message,
      reason,
    );
  }
  const failure = new TypeError("no session");
  for (const fails of [() => Promise.reject(failure), () => assert.fail(failure)]) {
    assert.equal(await asked(fails), 500);
    const { message, cause } = log.lines.findLast(({ level }) => level === "error")!.fields.error as Error;
    assert.deepEqual([message, cause], ["identify failed", failure]);
  }
});

test("the number of a user is the same user as its text", async () => {
  const { app, carryout } = testApp({ identify: () => 42 });
  await app.request("/downloads", postJson({ kind: "fake" }));
  assert.equal(carryout.requests[0]?.user, "42");
});

test("an identify that never answers is 503 after its time", async () => {
  const { app, clock } = testApp({ identify: () => new Promise(() => {}), identifyTimeoutMs: 500 });
  const answer = app.request("/downloads");
  await new Promise(setImmediate);
  clock.advance(500);
  const { status, headers } = await answer;
  assert.equal(status, 503);
  assert.equal(headers.get("retry-after"), "1");
});

test("operators are those for whom the application says true, and nothing else", async () => {
  const log = recordingLog();
  const asked = async (answer: () => unknown) => {
    const { app } = testApp({ operators: answer as () => boolean, log });
    return (await app.request("/cluster/nodes")).status;
  };
  assert.equal(await asked(() => true), 200);
  for (const no of [false, undefined, null, Promise.resolve(false)]) assert.equal(await asked(() => no), 403);
  assert.ok(!log.lines.some(({ level }) => level === "error"));
  for (const mistake of ["no", 1, {}, Symbol("yes")]) {
    assert.equal(await asked(() => mistake), 500);
    assert.match(
      (log.lines.findLast(({ level }) => level === "error")!.fields.error as Error).message,
      /operators must return true or false, not /,
    );
  }
  assert.equal(await asked(() => assert.fail("no database")), 500);
  assert.equal(
    (log.lines.findLast(({ level }) => level === "error")!.fields.error as Error).message,
    "operators failed",
  );
});

test("a forged cookie is logged, without its content", async () => {
  const log = recordingLog();
  const { app } = visitorApp({ log });
  const value = `v1.${"a".repeat(22)}.tzzzzz.${"b".repeat(43)}`;
  await app.request("/downloads", { headers: { Cookie: `carryout=${value}` } }, callerAt("192.0.2.7"));
  assert.deepEqual(log.lines[0]?.fields, { method: "GET", path: "/downloads", address: "192.0.2.7" });
  assert.match(log.lines[0]?.message ?? "", /cookie with an invalid signature/);
});

test("a request with the cookies of two visitors is refused: nothing lands with the one who set the other's", async () => {
  const { app, carryout } = visitorApp();
  const cookies = await Promise.all(
    [1, 2].map(async () => cookieOf(await app.request("/downloads", postJson({ kind: "fake" }, {})))),
  );
  const asked = carryout.requests.length;
  const refused = await app.request("/downloads", postJson({ kind: "fake" }, { Cookie: cookies.join("; ") }));
  assert.deepEqual([refused.status, (await refused.json()).code], [400, "ambiguous-visitor"]);
  assert.equal(carryout.requests.length, asked);
});

test("an event stream ends when its session does, and outlives a moment in which nobody can tell", async () => {
  let answer: () => string | null = () => "ann";
  const { app, clock } = testApp({ identify: () => answer() });
  const open = async () => {
    const events = readEvents(await app.request("/downloads/events"));
    assert.equal((await events.event())?.name, "snapshot");
    return events;
  };
  const look = async () => {
    clock.advance(15_000);
    await new Promise(setImmediate);
  };
  for (const next of ["bob", null]) {
    answer = () => "ann";
    const events = await open();
    await look();
    answer = () => {
      throw new Error("the directory is away");
    };
    await look();
    answer = () => "ann";
    const isOpen = Symbol("open");
    const ended = events.event();
    assert.equal(
      await Promise.race([ended, new Promise((resolve) => setImmediate(resolve, isOpen))]),
      isOpen,
    );
    answer = () => next;
    await look();
    assert.equal(await ended, null);
  }
});
