import assert from "node:assert/strict";
import { test } from "node:test";
import { callerAt, recordingLog, testApp } from "./app.testing.ts";
import { readEvents } from "./read-events.testing.ts";

const token = "t0ken-of-the-operators";
const here = { Authorization: `Bearer ${token}` };
const local = { operatorToken: token, pages: { cluster: () => "<h1>Cluster</h1>" } };

test("the nodes, as the contract has them", async () => {
  const response = await testApp(local).app.request("/cluster/nodes", { headers: here });
  assert.equal(response.status, 200);
  const facts = { incarnation: "1", url: null, version: "1.2.3", capacity: 2, running: 1, draining: false };
  const node = { ...facts, startedAt: "2026-01-02T03:03:05.678Z", kinds: { fake: "r1" } };
  assert.deepEqual(await response.json(), {
    nodes: [
      { name: "n1", pid: 123, ...node },
      { name: "n2", ...node },
    ],
  });
});

test("serves the given page; without one there is none", async () => {
  const response = await testApp(local).app.request("/cluster", { headers: here });
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type") ?? "", /^text\/html/);
  const policy = response.headers.get("content-security-policy") ?? "";
  for (const rule of [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "frame-ancestors 'none'",
  ]) {
    assert.ok(policy.split("; ").includes(rule), rule);
  }
  assert.ok(!policy.includes("unsafe"), policy);
  assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  assert.equal(await response.text(), "<h1>Cluster</h1>");
  assert.equal(
    (await testApp({ operatorToken: token }).app.request("/cluster", { headers: here })).status,
    404,
  );
});

test("what refuses it can't be framed either", async () => {
  const response = await testApp(local).app.request("/cluster");
  assert.equal(response.status, 403);
  assert.match(
    response.headers.get("content-security-policy") ?? "",
    /default-src 'none'; frame-ancestors 'none'/,
  );
});

test("events: the view, then changes, equal ones once", async () => {
  const { app, carryout } = testApp(local);
  const response = await app.request("/cluster/events", { headers: here });
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  const events = readEvents(response);
  const first = await events.event();
  assert.equal(first?.name, "cluster");
  assert.deepEqual(Object.keys(first?.data), ["nodes", "downloads", "unfinished"]);
  carryout.clusterChanged();
  await new Promise(setImmediate);
  carryout.view.unfinished = 7;
  carryout.clusterChanged();
  assert.equal((await events.event())?.data.unfinished, 7);
  await events.cancel();
});

test("drain by a form goes back to the page", async () => {
  const headers = { ...here, "content-type": "application/x-www-form-urlencoded" };
  const { app } = testApp(local);
  const response = await app.request("/cluster/nodes/n1/drain", { method: "POST", headers, body: "" });
  assert.deepEqual([response.status, response.headers.get("location")], [303, "/cluster"]);
});

test("drain: 202 for a living node, 404 with the names there are for another", async () => {
  const { app, carryout } = testApp(local);
  const response = await app.request("/cluster/nodes/n2/drain", { method: "POST", headers: here });
  assert.equal(response.status, 202);
  assert.deepEqual(carryout.drained, ["n2"]);
  const unknown = await app.request("/cluster/nodes/n9/drain", { method: "POST", headers: here });
  assert.equal(unknown.status, 404);
  const problem = await unknown.json();
  assert.deepEqual([problem.code, problem.nodes], ["unknown-node", ["n1", "n2"]]);
});

test("drain: 503 with words when the node does not answer", async () => {
  const { app, carryout } = testApp(local);
  carryout.silent.add("n2");
  const response = await app.request("/cluster/nodes/n2/drain", { method: "POST", headers: here });
  assert.equal(response.status, 503);
  assert.equal(response.headers.get("retry-after"), "1");
  const { code, detail } = await response.json();
  assert.equal(code, "node-silent");
  assert.match(detail, /"n2" did not answer/);
});

const paths = ["/cluster", "/cluster/nodes", "/cluster/events", "/cluster/nodes/n1/drain"];

async function statuses(
  options: Parameters<typeof testApp>[0],
  headers: Record<string, string>,
  caller: object = {},
  origin = "http://localhost:4000",
) {
  const { app } = testApp({ ...local, ...options });
  const found = new Set<number>();
  for (const path of paths) {
    const method = path.endsWith("drain") ? "POST" : "GET";
    const response = await app.request(`${origin}${path}`, { method, headers }, caller);
    if (response.status === 403) assert.equal((await response.json()).code, "forbidden");
    found.add(response.status === 202 ? 200 : response.status);
  }
  return [...found];
}

test("an address proves nothing: a proxy on this machine lends its own to everybody", async () => {
  for (const address of ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"]) {
    assert.deepEqual(await statuses({}, {}, callerAt(address)), [403], address);
    assert.deepEqual(await statuses({ operatorToken: "" }, {}, callerAt(address)), [403], "no token at all");
  }
});

test("the operator token lets in from anywhere, no other token does", async () => {
  const far = callerAt("10.0.0.7");
  assert.deepEqual(await statuses({}, here, far), [200]);
  for (const header of [`Bearer ${token}n`, `Bearer ${token.slice(1)}`, `Basic ${token}`, token, "Bearer"]) {
    assert.deepEqual(await statuses({}, { Authorization: header }, far), [403], header);
  }
  assert.deepEqual(await statuses({ operatorToken: "" }, { Authorization: "Bearer " }, far), [403]);
});

async function signIn(app: ReturnType<typeof testApp>["app"], origin = "http://localhost") {
  const response = await app.request(`${origin}/cluster?token=${token}`);
  assert.deepEqual([response.status, response.headers.get("location")], [303, "/cluster"]);
  return response.headers.get("set-cookie") ?? "";
}

test("the link with the token is exchanged for a cookie, once, and the token leaves the address", async () => {
  const log = recordingLog();
  const { app, clock } = testApp({ ...local, log });
  const cookie = await signIn(app);
  assert.match(cookie, /^carryout-operator=v1\.[^;]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/);
  assert.ok(!cookie.includes(token));
  assert.ok(!JSON.stringify(log.lines).includes(token));
  const headers = { Cookie: cookie.split(";")[0] as string };
  assert.deepEqual(await statuses({ clock }, headers), [200]);
  assert.deepEqual(await statuses({ clock, operatorToken: `${token}-new` }, headers), [403], "another token");
  clock.advance(12 * 3_600_000);
  assert.deepEqual(await statuses({ clock }, headers), [403], "it is over");
});

test("a link with a wrong token: 403, and no cookie", async () => {
  for (const options of [local, { ...local, operatorToken: "" }]) {
    const response = await testApp(options).app.request("/cluster?token=guessed");
    assert.deepEqual([response.status, response.headers.get("set-cookie")], [403, null]);
  }
});

test("behind https no other host of the domain can set the operators' cookie", async () => {
  const cookie = await signIn(testApp(local).app, "https://shop.example");
  assert.match(cookie, /^__Host-carryout-operator=.*; Secure$/);
});

test("the caller of a drain is logged", async () => {
  const log = recordingLog();
  const { app } = testApp({ ...local, log });
  await app.request("/cluster/nodes/n2/drain", { method: "POST", headers: here }, callerAt("10.0.0.7"));
  const fields = log.lines.find(({ message }) => message === "operator requested a drain")?.fields;
  assert.deepEqual(fields, { drained: "n2", address: "10.0.0.7" });
});

test("the application may name its own operators", async () => {
  const operators = async (request: Request) => request.headers.get("x-user") === "root";
  assert.deepEqual(await statuses({ operators }, { "X-User": "root" }), [200]);
  assert.deepEqual(await statuses({ operators }, { "X-User": "ann" }), [403]);
});
