import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { memory, openNode } from "../../src/index.ts";
import { eventually, freePorts } from "../support/real-cluster.ts";
import { Visitor } from "../support/visitor.ts";

const generators = new URL("../support/cluster-generators.ts", import.meta.url).href;

describe("in an application's own server", () => {
  it("answers Carryout's paths by fetch and passes the rest on", async () => {
    const node = await openNode({ engine: "memory:", generators, capacity: 1, logLevel: "silent" });
    after(() => node.close());
    assert.deepEqual(
      ["/downloads", "/downloads/x/y.csv", "/cluster?x", "/", "/downloadsx", "/healthz", "/metrics"].map(
        (path) => node.handles(path),
      ),
      [true, true, true, false, false, false, false],
    );
    const answer = await node.fetch(new Request("http://app.example/healthz"));
    assert.equal(answer.status, 200);
    const passedOn = await new Promise((resolve) => {
      node.listener({ url: "/mine" } as never, {} as never, () => resolve(true));
    });
    assert.equal(passedOn, true);
  });

  it("reports all invalid settings together", async () => {
    await assert.rejects(
      openNode({ engine: "sqlit:x", capacity: -1, colour: "blue" } as never),
      (error: Error) =>
        /engine/.test(error.message) && /capacity/.test(error.message) && /colour/.test(error.message),
    );
  });

  it("rejects options that it would have to ignore", async () => {
    await assert.rejects(openNode({ engine: "memory:", port: 1 } as never), {
      code: "invalid-config",
      message: /^port is for a node that listens: serve: \{ port: … \}$/,
    });
    await assert.rejects(
      openNode({ engine: "memory:", serve: {}, nodes: 2 } as never),
      /^CarryoutError: nodes is for/,
    );
  });

  it("listens itself with `serve`, on paths below its base path", async () => {
    const node = await openNode({
      engine: memory(),
      generators,
      basePath: "/exports",
      capacity: 1,
      logLevel: "silent",
      serve: { port: 0, host: "127.0.0.1" },
    });
    after(() => node.close());
    assert.equal((await fetch(`${node.url}/exports/healthz`)).status, 200);
    await node.start({ user: "ann", kind: "lines", params: { lines: 2, pace: 0 } });
    const other = node.start({ user: "ann", kind: "lines", params: { lines: 3 } });
    const answer = await other.catch((error) => error);
    const download = answer.download ?? answer.details.download;
    assert.equal(download.kind, "lines");
    assert.equal("params" in download || "status" in (answer.details ?? {}), false);
    for await (const event of node.watch("ann", AbortSignal.timeout(20_000))) {
      const seen =
        event.type === "snapshot" ? event.downloads : event.type === "download" ? [event.download] : [];
      const ready = seen.find(({ state }) => state === "ready");
      if (ready === undefined) continue;
      assert.match(ready.file?.url ?? "", /^\/exports\/downloads\//);
      assert.deepEqual(
        (await node.list("ann")).map(({ id }) => id),
        [ready.id],
      );
      return;
    }
    assert.fail("it is not ready");
  });

  it("matches the program in the README", async () => {
    const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");
    const program = await read("examples/embed/server.ts");
    assert.ok((await read("README.md")).includes(program));
  });

  it("works as shown in the README", async () => {
    const dir = await mkdtemp(join(tmpdir(), "carryout-embed-"));
    const port = await freePorts(0);
    const program = fileURLToPath(new URL("../../examples/embed/server.ts", import.meta.url));
    const child = spawn(process.execPath, [program], {
      cwd: dir,
      env: { ...process.env, PORT: String(port) },
    });
    after(async () => {
      child.kill("SIGKILL");
      await rm(dir, { recursive: true, force: true });
    });
    const base = `http://127.0.0.1:${port}`;
    const page = await eventually("the server answers", async () => (await fetch(base)).text());
    assert.match(page, /<carryout-button kind="report"/);
    const visitor = new Visitor();
    const { id } = await visitor.started(base, "report");
    const ready = await visitor.until(
      () => [base],
      id,
      ({ state }) => state === "ready",
    );
    const { text } = await visitor.fetchFile(base, ready);
    assert.equal(text.split("\r\n").length, 1001);
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    assert.deepEqual(await exited, [0, null]);
  });
});
