import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import Fastify, { type FastifyInstance } from "fastify";
import { type MountedNode, openNode } from "../../src/index.ts";

const generators = new URL("../support/cluster-generators.ts", import.meta.url);

async function open(basePath?: string): Promise<MountedNode> {
  const node = await openNode({ engine: "memory:", generators, capacity: 1, logLevel: "silent", basePath });
  after(() => node.close());
  return node;
}

async function listening(app: FastifyInstance): Promise<string> {
  after(() => app.close());
  return app.listen({ port: 0, host: "127.0.0.1" });
}

const json = (value: unknown): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});

describe("in Fastify", () => {
  it("is a plugin that reads bodies itself, at the root, below a base path, with a prefix or not", async () => {
    const [root, below, alsoBelow, deep] = await Promise.all([
      open(),
      open("/exports"),
      open("/exports"),
      open("/api/exports"),
    ]);
    for (const [what, base, register] of [
      ["at the root", "", (app: FastifyInstance) => app.register(root.fastify)],
      ["below its base path", "/exports", (app: FastifyInstance) => app.register(below.fastify)],
      [
        "with a prefix",
        "/exports",
        (app: FastifyInstance) => app.register(alsoBelow.fastify, { prefix: "/exports" }),
      ],
      [
        "in a plugin with a prefix of its own",
        "/api/exports",
        (app: FastifyInstance) => app.register(async (api) => api.register(deep.fastify), { prefix: "/api" }),
      ],
    ] as const) {
      const app = Fastify();
      app.addContentTypeParser(
        "application/x-www-form-urlencoded",
        { parseAs: "string" },
        (_request, body, done) => done(null, body),
      );
      register(app);
      app.get("/healthz", () => "the application's");
      app.post("/mine", ({ body }) => body);
      const url = await listening(app);
      const unknown = await fetch(`${url}${base}/downloads`, json({ kind: "none", params: { a: ["ü"] } }));
      assert.deepEqual([unknown.status, (await unknown.json()).code], [404, "unknown-kind"], what);
      const broken = await fetch(`${url}${base}/downloads`, { ...json({}), body: "{" });
      assert.match(broken.headers.get("content-type") ?? "", /^application\/problem\+json/, what);
      const form = await fetch(`${url}${base}/downloads`, {
        method: "POST",
        body: new URLSearchParams({ kind: "none", return_to: "/page", "params.a": "1" }),
        redirect: "manual",
      });
      assert.equal(form.headers.get("location"), "/page?carryout_error=unknown-kind", what);
      assert.equal((await fetch(`${url}${base}/downloads/none`)).status, 404, what);
      assert.equal(await (await fetch(`${url}/healthz`)).text(), "the application's", what);
      assert.deepEqual(await (await fetch(`${url}/mine`, json({ a: 1 }))).json(), { a: 1 }, what);
      const plain = await fetch(`${url}/mine`, {
        method: "POST",
        body: "a",
        headers: { "content-type": "a/b" },
      });
      assert.equal(plain.status, 415, `${what}: the application's parsers are its own`);
    }
  });

  it("behind a proxy that strips the part before the prefix, links begin with the base path", async () => {
    const node = await open("/portal/exports");
    const app = Fastify();
    app.register(node.fastify, { prefix: "/exports/" });
    const url = await listening(app);
    const page = await (await fetch(`${url}/exports/openapi.json`)).json();
    assert.deepEqual(page.servers, [{ url: "/portal/exports" }]);
  });

  it("lets the application's hooks guard it, and keeps the headers that they set", async () => {
    const node = await open();
    const app = Fastify();
    app.addHook("onRequest", (request, reply, done) => {
      reply.header("x-application", "mine");
      if (request.headers.authorization) return done();
      reply.code(401).send("who are you?");
    });
    app.register(node.fastify);
    const url = await listening(app);
    const refused = await fetch(`${url}/downloads`);
    assert.deepEqual([refused.status, await refused.text()], [401, "who are you?"]);
    const answered = await fetch(`${url}/downloads`, { headers: { authorization: "Basic x" } });
    assert.deepEqual([answered.status, answered.headers.get("x-application")], [200, "mine"]);
    assert.deepEqual(await answered.json(), { downloads: [] });
  });

  it("refuses a prefix that is missing from its base path", async () => {
    const node = await open();
    const app = Fastify();
    app.register(node.fastify, { prefix: "/exports" });
    await assert.rejects(async () => app.ready(), {
      code: "invalid-config",
      message: /mounted under "\/exports", but its basePath is "\/"/,
    });
  });

  it("closes the node with the application, even while event streams are open", async () => {
    const node = await open();
    const app = Fastify();
    app.register(node.fastify);
    const url = await listening(app);
    const events = await fetch(`${url}/downloads/events`);
    assert.equal(events.status, 200);
    const text = events.text();
    await app.close();
    assert.match(await text, /event: snapshot/);
    await assert.rejects(node.list("ann"), { code: "closed" });
  });
});
