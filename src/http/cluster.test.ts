import assert from "node:assert/strict";
import { test } from "node:test";
import { readEvents } from "./read-events.ts";
import { callerAt, testApp } from "./test-app.ts";

const here = callerAt("127.0.0.1");
const local = { localCluster: true, pages: { cluster: () => "<h1>Cluster</h1>" } };

test("the nodes, as the contract has them", async () => {
  const response = await testApp(local).app.request("/cluster/nodes", {}, here);
  assert.equal(response.status, 200);
  const node = { incarnation: "1", url: null, version: "1.2.3", capacity: 2, running: 1, draining: false };
  assert.deepEqual(await response.json(), {
    nodes: [
      { name: "n1", pid: 123, ...node },
      { name: "n2", ...node },
    ],
  });
});

test("the page that somebody else makes; without one there is none", async () => {
  const response = await testApp(local).app.request("/cluster", {}, here);
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type") ?? "", /^text\/html/);
  assert.match(response.headers.get("content-security-policy") ?? "", /frame-ancestors 'none'/);
  assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  assert.equal(await response.text(), "<h1>Cluster</h1>");
  assert.equal((await testApp({ localCluster: true }).app.request("/cluster", {}, here)).status, 404);
});

test("events: the view, then changes, equal ones once", async () => {
  const { app, carryout } = testApp(local);
  const response = await app.request("/cluster/events", {}, here);
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
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const { app } = testApp(local);
  const response = await app.request("/cluster/nodes/n1/drain", { method: "POST", headers, body: "" }, here);
  assert.deepEqual([response.status, response.headers.get("location")], [303, "/cluster"]);
});

test("drain: 202 for a living node, 404 with the names there are for another", async () => {
  const { app, carryout } = testApp(local);
  const response = await app.request("/cluster/nodes/n2/drain", { method: "POST" }, here);
  assert.equal(response.status, 202);
  assert.deepEqual(carryout.drained, ["n2"]);
  const unknown = await app.request("/cluster/nodes/n9/drain", { method: "POST" }, here);
  assert.equal(unknown.status, 404);
  const problem = await unknown.json();
  assert.deepEqual([problem.code, problem.nodes], ["unknown-node", ["n1", "n2"]]);
});

test("drain: 503 with words when the node does not answer", async () => {
  const { app, carryout } = testApp({ localCluster: true });
  carryout.silent.add("n2");
  const response = await app.request("/cluster/nodes/n2/drain", { method: "POST" }, here);
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
  caller: object = here,
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

test("on a local cluster, callers on this machine are operators", async () => {
  for (const address of ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"]) {
    assert.deepEqual(await statuses({}, {}, callerAt(address)), [200], address);
  }
  for (const origin of ["http://127.0.0.1:4000", "http://[::1]:4000", "http://app.localhost"]) {
    assert.deepEqual(await statuses({}, {}, here, origin), [200], origin);
  }
});

test("all others are not", async () => {
  for (const address of ["10.0.0.7", "::2", "::ffff:10.0.0.7", "1127.0.0.1"]) {
    assert.deepEqual(await statuses({}, {}, callerAt(address)), [403], address);
  }
  assert.deepEqual(await statuses({}, {}, {}), [403], "an unknown address");
  assert.deepEqual(await statuses({ localCluster: false }, {}), [403], "no local cluster");
});

test("a name that was made to point here is no loopback, nor is a call that a proxy passes on", async () => {
  assert.deepEqual(await statuses({}, { Host: "evil.example:4000" }), [403]);
  assert.deepEqual(await statuses({}, { Host: "localhost.evil.example" }), [403]);
  for (const name of ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"]) {
    assert.deepEqual(await statuses({}, { [name]: "for=127.0.0.1" }), [403], name);
  }
});

test("the operator token lets in from anywhere, no other token does", async () => {
  const options = { localCluster: false, operatorToken: "t0ken" };
  const far = callerAt("10.0.0.7");
  assert.deepEqual(await statuses(options, { Authorization: "Bearer t0ken" }, far), [200]);
  for (const header of ["Bearer t0ke", "Bearer t0kenn", "Basic t0ken", "t0ken", "Bearer"]) {
    assert.deepEqual(await statuses(options, { Authorization: header }, far), [403], header);
  }
  assert.deepEqual(await statuses({ localCluster: false }, { Authorization: "Bearer " }, far), [403]);
});

test("the application may name its own operators", async () => {
  const operators = async (request: Request) => request.headers.get("x-user") === "root";
  const options = { localCluster: false, operators };
  assert.deepEqual(await statuses(options, { "X-User": "root" }, callerAt("10.0.0.7")), [200]);
  assert.deepEqual(await statuses(options, { "X-User": "ann" }, callerAt("10.0.0.7")), [403]);
});
