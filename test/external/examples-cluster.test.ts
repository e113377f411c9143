import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { signal } from "../support/processes.ts";
import { RealCluster } from "../support/real-cluster.ts";
import { Visitor } from "../support/visitor.ts";
import { without } from "./programs.ts";

const pathOf = (path: string) => fileURLToPath(new URL(`../../examples/${path}`, import.meta.url));

describe("examples/external-service on real nodes", { skip: without("python3") }, () => {
  const secret = "a secret of thirty-two characters";
  const visitor = new Visitor();
  let cluster: RealCluster;
  let service: ReturnType<typeof spawn>;

  before(async () => {
    service = spawn("python3", [pathOf("external-service/service.py"), "0"], {
      env: { ...process.env, SERVICE_SECRET: secret, SERVICE_PAUSE_S: "0.05" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(service.stdout!, "data")) as [Buffer];
    cluster = await RealCluster.start({
      nodes: 2,
      respawn: true,
      config: pathOf("external-service/carryout.config.ts"),
      env: { SERVICE_URL: line.toString().trim(), SERVICE_SECRET: secret },
    });
  });
  after(async () => {
    await cluster?.stop();
    service.kill("SIGKILL");
  });

  const until = (id: string, accept: Parameters<Visitor["until"]>[2]) =>
    visitor.until(() => [cluster.entry], id, accept);

  it("a transfer resumes after its node was killed, and the file is that of an uninterrupted run", async () => {
    const { id } = await visitor.started(cluster.entry, "orders.csv", { year: 2024 });
    const seen = await until(id, ({ progress }) => (progress.fraction ?? 0) > 0.3);
    assert.match(seen.progress.message ?? "", /^\d+ of 20000 orders$/);
    signal((await cluster.holder(seen.node)).pid, "SIGKILL");
    const ready = await until(id, ({ state }) => state === "ready");
    assert.ok(ready.epoch > 1);
    assert.match(cluster.output, /resumedBytes=[1-9]/);

    const other = await visitor.started(cluster.entry, "orders.csv", { year: 2024 }, "other");
    const whole = await until(other.id, ({ state }) => state === "ready");
    assert.equal(ready.file?.sha256, whole.file?.sha256);
    assert.equal((await visitor.fetchFile(cluster.entry, ready)).sha256, whole.file?.sha256);
  });

  it("the user reads the service's message", async () => {
    const { id } = await visitor.started(cluster.entry, "orders.csv", { year: 1999 }, "none");
    const failed = await until(id, ({ state }) => state === "error");
    assert.deepEqual(
      { ...failed.error },
      { code: "generation-failed", message: "There are no orders of 1999.", retriable: false },
    );
  });
});

describe("examples/commands on a real node", { skip: without("sqlite3") }, () => {
  const dir = mkdtempSync(join(tmpdir(), "carryout-commands-"));
  const shopFile = join(dir, "shop.db");
  const visitor = new Visitor();
  let cluster: RealCluster;

  before(async () => {
    cluster = await RealCluster.start({
      nodes: 1,
      config: pathOf("commands/carryout.config.ts"),
      env: { SHOP_FILE: shopFile },
    });
  });
  after(async () => {
    await cluster?.stop();
    rmSync(dir, { recursive: true });
  });

  it("a program that fails publishes nothing, and its user sees no details", async () => {
    const { id } = await visitor.started(cluster.entry, "shop.sql");
    const failed = await visitor.until(
      () => [cluster.entry],
      id,
      ({ state }) => state === "error",
    );
    assert.equal(failed.file, null);
    assert.match(failed.error?.message ?? "", /^The file could not be generated\. Reference: /);
    const file = await visitor.request(`${cluster.entry}/downloads/${id}/shop.sql`);
    assert.equal(file.status, 409);
    assert.match(cluster.output, /ExternalError \[program-failed\]: sqlite3 exited with code 1: /);
    assert.match(
      cluster.output,
      /stderr: Error: unable to open database/,
      "the log has what the program said",
    );
  });

  it("a dump is made, and downloaded", async () => {
    const db = new DatabaseSync(shopFile);
    db.exec("CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT)");
    db.exec("INSERT INTO orders (customer) VALUES ('Zoë'), ('René')");
    db.close();
    const { id } = await visitor.started(cluster.entry, "shop.sql");
    const ready = await visitor.until(
      () => [cluster.entry],
      id,
      ({ state }) => state === "ready",
    );
    const { text, sha256 } = await visitor.fetchFile(cluster.entry, ready);
    assert.match(text, /INSERT INTO orders VALUES\(2,'René'\);\nCOMMIT;\n$/);
    assert.equal(sha256, createHash("sha256").update(text).digest("hex"));
  });
});
