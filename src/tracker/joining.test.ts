import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { CarryoutError, UnavailableError } from "../errors.ts";
import type { Assembling, DirectDelivery } from "../ports/file-store.ts";
import { type Log, silentLog } from "../telemetry/log.ts";
import { gated } from "./gated-generator.testing.ts";
import { type MemoryCluster, memoryCluster, textOf, until } from "./memory-cluster.testing.ts";

const HEADERS = { contentType: "text/plain", contentDisposition: "attachment" };
const TEXT = "line 0\nline 1\nline 2\nline 3\n";

describe("a store that delivers files by itself", () => {
  let cluster: MemoryCluster;
  let work: ReturnType<typeof gated>;
  const warnings: string[] = [];
  const log: Log = {
    ...silentLog,
    warn: (_fields, message) => void warnings.push(message),
    child: () => log,
  };
  beforeEach(() => {
    work = gated();
    cluster = memoryCluster([work.generator]);
    warnings.length = 0;
  });
  afterEach(() => cluster.close());

  /** Joins as `assemble` does, by default in the memory of the cluster. */
  function delivering(assemble: DirectDelivery["assemble"] = join): void {
    const direct: DirectDelivery = { assemble, address: async (key) => `https://files.test/${key}` };
    Object.assign(cluster.files, { direct });
  }

  async function join(key: string, parts: readonly { key: string }[]): Promise<void> {
    const chunks: Uint8Array[] = [];
    for (const part of parts) chunks.push(...(await Array.fromAsync(cluster.files.get(part.key))));
    await cluster.files.put(key, Buffer.concat(chunks));
  }

  async function finished(node: Awaited<ReturnType<MemoryCluster["node"]>>) {
    work.pass(4);
    const status = await until(node, "ann", ({ download }) => download.state === "ready");
    return { status, file: status.download.file ?? assert.fail("it is ready") };
  }

  it("is given a finished file as one part, and its parts are removed", async () => {
    delivering();
    const [one, two] = [await cluster.node("n1", { log }), await cluster.node("n2", { log })];
    await one.start({ user: "ann", kind: "gated" });
    const { status, file } = await finished(one);
    const key = file.parts[0]?.key ?? "";
    assert.deepEqual(file.parts, [{ key, size: file.size, sha256: file.sha256 }]);
    assert.match(key.replace(`${status.download.id}/`, ""), /^1\/.{8}-00000004$/);
    assert.equal(await textOf(two, status), TEXT);
    assert.equal(await two.address(file, HEADERS), `https://files.test/${file.parts[0]?.key}`);
    await one.close(); // which waits for the removal
    assert.deepEqual(await keys(), [file.parts[0]?.key]);
    assert.deepEqual(warnings, []);
  });

  it("costs nobody a file: if it can't join the parts, the nodes send it", async () => {
    delivering(async () => {
      throw new UnavailableError("S3 is away");
    });
    const node = await cluster.node("n1", { log });
    await node.start({ user: "ann", kind: "gated" });
    const { status, file } = await finished(node);
    assert.equal(file.parts.length, 4);
    assert.equal(await textOf(node, status), TEXT);
    assert.equal(await node.address(file, HEADERS), null);
    assert.deepEqual(warnings, ["the parts could not be joined; the nodes send this file"]);
  });

  it("is not asked to join one part", async () => {
    work = gated("gated", 1);
    cluster = memoryCluster([work.generator]);
    delivering(async () => assert.fail("there is nothing to join"));
    const node = await cluster.node("n1", { log });
    await node.start({ user: "ann", kind: "gated" });
    const { file } = await finished(node);
    assert.equal(await node.address(file, HEADERS), `https://files.test/${file.parts[0]?.key}`);
    assert.deepEqual(warnings, []);
  });

  it("is stopped by a drain, and another node joins the parts", async () => {
    const joining = Promise.withResolvers<void>();
    let joins = 0;
    delivering(async (key, parts, { signal }: Assembling) => {
      joins += 1;
      if (joins > 1) return join(key, parts);
      joining.resolve();
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      throw new CarryoutError("aborted", "joining was stopped");
    });
    const [one, two] = [await cluster.node("n1", { log }), await cluster.node("n2", { log })];
    await one.start({ user: "ann", kind: "gated" });
    work.pass(4);
    await joining.promise;
    await one.close();
    const { status, file } = await finished(two);
    assert.deepEqual([joins, file.parts.length], [2, 1]);
    assert.equal(await textOf(two, status), TEXT);
    assert.equal(status.download.failures, 0);
  });

  it("gives no address for what nodes without it have stored in parts", async () => {
    const node = await cluster.node("n1", { log });
    await node.start({ user: "ann", kind: "gated" });
    const { file } = await finished(node);
    delivering();
    assert.equal(await node.address(file, HEADERS), null);
  });

  async function keys(): Promise<string[]> {
    return (await Array.fromAsync(cluster.files.list(""))).map(({ key }) => key);
  }
});
