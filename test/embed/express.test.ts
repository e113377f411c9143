import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { after, describe, it } from "node:test";
import express, { type ErrorRequestHandler, type Express } from "express";
import { type MountedNode, openNode } from "../../src/index.ts";

const generators = new URL("../support/cluster-generators.ts", import.meta.url);

function open(basePath?: string): Promise<MountedNode> {
  return openNode({ engine: "memory:", generators, capacity: 1, logLevel: "silent", basePath });
}

async function listening(app: Express): Promise<string> {
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const json = (value: unknown): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});
const parsers = [express.json(), express.urlencoded({ extended: true }), express.text(), express.raw()];

describe("in Express", () => {
  it("works before body parsers and after them, and wherever it is mounted", async () => {
    const [root, below] = [await open(), await open("/exports")];
    after(() => Promise.all([root.close(), below.close()]));
    for (const [what, base, app] of [
      ["before", "", express().use(root.listener).use(parsers)],
      ["after", "", express().use(parsers).use(root.listener)],
      ["with a base path", "/exports", express().use(parsers).use(below.listener)],
      ["mounted under it", "/exports", express().use(parsers).use("/exports", below.listener)],
    ] as const) {
      app.get("/healthz", (_request, response) => void response.send("the application's"));
      app.post("/mine", express.json(), (request, response) => void response.send(request.body));
      const url = `${await listening(app)}`;
      const unknown = await fetch(`${url}${base}/downloads`, json({ kind: "none", params: { a: ["ü"] } }));
      assert.deepEqual([unknown.status, (await unknown.json()).code], [404, "unknown-kind"], what);
      const form = await fetch(`${url}${base}/downloads`, {
        method: "POST",
        body: new URLSearchParams({ kind: "none", return_to: "/page", "params.a": "1" }),
        redirect: "manual",
      });
      assert.equal(form.headers.get("location"), "/page?carryout_error=unknown-kind", what);
      assert.equal(await (await fetch(`${url}/healthz`)).text(), "the application's", what);
      assert.deepEqual(await (await fetch(`${url}/mine`, json({ a: 1 }))).json(), { a: 1 }, what);
    }
  });

  it("tells the application's error handler how to mount it", async () => {
    const node = await open();
    after(() => node.close());
    const tell: ErrorRequestHandler = (error, _request, response, _next) => {
      response.status(500).send(error.message);
    };
    const elsewhere = await listening(express().use("/exports", node.listener).use(tell));
    const misplaced = await fetch(`${elsewhere}/exports/downloads`);
    assert.match(await misplaced.text(), /mounted under "\/exports", but its basePath is "\/"/);

    const app = express().use((request, _response, next) => request.resume().once("end", next));
    const reading = await listening(app.use(node.listener).use(tell));
    const read = await fetch(`${reading}/downloads`, json({ kind: "none" }));
    assert.match(await read.text(), /middleware has read this request's body/);
  });
});
