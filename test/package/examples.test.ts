import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { eventually, freePorts } from "../support/real-cluster.ts";
import { Visitor } from "../support/visitor.ts";
import { pack } from "./packed.ts";

const EXAMPLES = fileURLToPath(new URL("../../examples", import.meta.url));

/** Simulates Next: one function of the route's module per method, and the application's own pages. */
const NEXT = `
import { serve } from "@hono/node-server";
const route = await import("./app/exports/[[...path]]/route.ts");
const fetch = (request) => new URL(request.url).pathname.startsWith("/exports/")
  ? route[request.method](request)
  : new Response(new URL(request.url).pathname === "/" ? '<carryout-button kind="report">' : null,
      { status: new URL(request.url).pathname === "/" ? 200 : 404 });
const server = serve({ fetch, port: Number(process.env.PORT), hostname: "127.0.0.1" });
process.once("SIGTERM", async () => { await (await globalThis.carryout)?.close(); server.close(); });
`;

const PARSERS_LAST = "express with body parsers last";

/** The example has the node after the body parsers; this is the other order. */
function withParsersLast(): string {
  const server = readFileSync(join(EXAMPLES, "express/server.ts"), "utf8");
  const swapped = server.replace(/(app\.use\(express\.json.*\n)(app\.use\(exports\.listener.*\n)/, "$2$1");
  assert.notEqual(swapped, server, "examples/express/server.ts uses body parsers, then the node");
  return swapped;
}

describe("the examples, with the package as it would be published", () => {
  const { project } = pack(["express", "fastify"]);
  cpSync(EXAMPLES, join(project, "examples"), { recursive: true });
  writeFileSync(join(project, "package.json"), '{"type":"module"}');
  writeFileSync(join(project, "examples/next/server.ts"), NEXT);
  mkdirSync(join(project, "examples", PARSERS_LAST));
  writeFileSync(join(project, "examples", PARSERS_LAST, "server.ts"), withParsersLast());
  after(() => rmSync(project, { recursive: true, force: true }));

  for (const framework of ["express", PARSERS_LAST, "fastify", "hono", "next"]) {
    it(`${framework}: a file is requested, made, fetched and dismissed beside the application's own paths`, async () => {
      // Next projects run in their own folder.
      const cwd =
        framework === "next"
          ? join(project, "examples/next")
          : mkdtempSync(join(project, `${framework.replaceAll(" ", "-")}-`));
      const port = await freePorts(0);
      const child = spawn(process.execPath, [join(project, "examples", framework, "server.ts")], {
        cwd,
        env: { ...process.env, NODE_TEST_CONTEXT: undefined, PORT: String(port) },
        stdio: ["ignore", "ignore", "inherit"],
      });
      after(() => child.kill("SIGKILL"));
      const home = `http://127.0.0.1:${port}`;
      const page = await eventually("the server answers", async () => (await fetch(home)).text());
      assert.match(page, /<carryout-button kind="report"/);
      const script = await fetch(`${home}/exports/carryout/elements.js`);
      assert.deepEqual(
        [script.status, script.headers.get("content-type")],
        [200, "text/javascript; charset=utf-8"],
      );
      assert.equal((await fetch(`${home}/exports/healthz`)).status, 200);
      for (const own of ["/healthz", "/metrics", "/downloads"]) {
        assert.equal((await fetch(`${home}${own}`)).status, 404, `${own} is the application's`);
      }

      const base = `${home}/exports`;
      const visitor = new Visitor();
      const { id } = await visitor.started(base, "report");
      const ready = await visitor.until(
        () => [base],
        id,
        ({ state }) => state === "ready",
      );
      assert.ok(ready.file?.url.startsWith("/exports/downloads/"), ready.file?.url);
      const { text } = await visitor.fetchFile(home, ready);
      assert.equal(text.split("\r\n").length, 1001);
      assert.equal((await visitor.request(`${base}/downloads/${id}`, { method: "DELETE" })).status, 204);
      const form = await fetch(`${base}/downloads`, {
        method: "POST",
        body: new URLSearchParams({ kind: "report", slot: "by-form", return_to: "/?done" }),
        redirect: "manual",
      });
      assert.deepEqual([form.status, form.headers.get("location")], [303, "/?done"]);

      const exited = once(child, "exit");
      child.kill("SIGTERM");
      assert.deepEqual(await exited, [0, null]);
    });
  }
});
