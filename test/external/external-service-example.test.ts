import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { signatureHeaders } from "../../src/external/signature.ts";
import { eventually, freePorts } from "../support/real-cluster.ts";
import { begin, failureOf, fileOf } from "./made.ts";
import { without } from "./programs.ts";

const SERVICE = fileURLToPath(new URL("../../examples/external-service/service.py", import.meta.url));
const secret = "a secret of thirty-two characters";
const port = await freePorts(0);
const url = `http://127.0.0.1:${port}`;
Object.assign(process.env, { SERVICE_URL: url, SERVICE_SECRET: secret });
const { orders } = await import("../../examples/external-service/generators.ts");

describe("examples/external-service", { skip: without("python3") }, () => {
  let service: ChildProcess;

  async function launch(pauseS: number): Promise<void> {
    service = spawn("python3", [SERVICE, String(port)], {
      env: { ...process.env, SERVICE_SECRET: secret, SERVICE_PAUSE_S: String(pauseS) },
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(service.stdout!, "data");
  }

  async function kill(): Promise<void> {
    const exited = once(service, "exit");
    service.kill("SIGKILL");
    await exited;
  }

  before(() => launch(0));
  after(kill);

  it("makes a file from a signed request", async () => {
    const lines = (await fileOf(orders, { year: 2026 })).toString().split("\n");
    assert.equal(lines.length, 20_001);
    assert.equal(lines[19_999]!.trim(), "2026-00019999,2081");
  });

  it("accepts a signature only once, in time, and for the signed request", async () => {
    const ask = async (path: string, created: number, key: string, signedPath = path) => {
      const signed = { method: "GET", url: new URL(signedPath, url), body: Buffer.alloc(0), created };
      const headers = signatureHeaders({ ...signed, nonce: String(Math.random()).slice(2) }, { secret: key });
      const first = await fetch(url + path, { headers });
      const again = await fetch(url + path, { headers });
      await Promise.all([first.text(), again.text()]);
      return [first.status, again.status];
    };
    const now = Math.floor(Date.now() / 1000);
    assert.deepEqual(await ask("/progress?year=2026", now, secret), [200, 401]);
    assert.deepEqual(await ask("/progress?year=2026", now - 400, secret), [401, 401]);
    assert.deepEqual(await ask("/progress?year=2026", now, `${secret}!`), [401, 401]);
    assert.deepEqual(await ask("/progress?year=2026", now, secret, "/progress?year=2025"), [401, 401]);
    assert.equal((await fetch(`${url}/orders?year=2026`)).status, 401);
  });

  it("returns messages that the user may read", async () => {
    const failed = await failureOf(orders, { year: 1999 });
    assert.deepEqual(
      [failed.code, failed.message, failed.expose, failed.retriable],
      ["service-refused", "There are no orders of 1999.", true, false],
    );
  });

  it("resumes after the service was killed", async () => {
    const whole = await fileOf(orders, { year: 2025 });
    await kill();
    await launch(0.05);
    const { host, running } = begin({ ...orders, checkpointMs: 0 }, { year: 2025 });
    await host.until(() =>
      host.reports.some(({ message }) => /^[1-9]\d* of 20000 orders$/.test(message ?? "")),
    );
    await kill();
    await assert.rejects(running.done, { code: "generation-failed", retriable: true });
    const checkpoint = host.checkpoints.at(-1)!;
    assert.ok(checkpoint.size > 0 && checkpoint.size < whole.length);

    await launch(0);
    const again = host.resumeAt(checkpoint);
    const resumed = begin(orders, { year: 2025 }, again.host, again.resume);
    await resumed.running.done;
    assert.ok(again.host.bytes().equals(whole));
  });

  it("is not reached while it is down", async () => {
    await kill();
    assert.equal((await failureOf(orders, { year: 2025 })).code, "service-unreachable");
    await eventually("it runs", async () => launch(0).then(() => true));
    assert.ok((await fileOf(orders, { year: 2025 })).length > 0);
  });
});
