import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { linesText } from "../support/cluster-generators.ts";
import { engineOption, engines } from "../support/engines.ts";
import { eventually, RealCluster } from "../support/real-cluster.ts";
import { type PublicDownload, Visitor } from "../support/visitor.ts";

/** More than the sockets between a node and a client hold. */
const LINES = 200_000;
const isReady = ({ state }: PublicDownload) => state === "ready";

for (const engine of engines())
  describe(`a file that is being fetched slowly, on ${engine}`, () => {
    let cluster: RealCluster;

    before(async () => {
      const env = { CARRYOUT_KEEP_PER_USER: "1" };
      cluster = await RealCluster.start({ nodes: 2, env, ...engineOption(engine) });
    });
    after(() => cluster.stop());

    async function made(visitor: Visitor, seed: string, lines: number): Promise<PublicDownload> {
      const { id } = await visitor.started(cluster.entry, "lines", { lines, pace: 0, seed });
      return visitor.until(() => [cluster.entry], id, isReady);
    }

    /** Reads the beginning; the returned function reads the rest. */
    async function begun(visitor: Visitor, { file }: PublicDownload): Promise<() => Promise<Uint8Array>> {
      const response = await visitor.request(`${cluster.entry}${file?.url}`);
      assert.equal(response.status, 200);
      const reader = (response.body as ReadableStream<Uint8Array>).getReader();
      const first = await reader.read();
      return async () => {
        const chunks = [first.value ?? new Uint8Array()];
        for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next.value);
        return Buffer.concat(chunks);
      };
    }

    it("arrives whole, though its user asks again in its slot until newer files take its place", async () => {
      const visitor = new Visitor();
      const first = await made(visitor, "first", LINES);
      const rest = await begun(visitor, first);
      const second = await made(visitor, "second", 1_000);
      await eventually("the first gives way", async () => {
        const ids = (await visitor.list(cluster.entry)).map(({ id }) => id);
        return ids.length === 1 && ids[0] === second.id;
      });
      const again = await visitor.request(`${cluster.entry}${first.file?.url}`);
      assert.equal(again.status, 410, "it is not given to those who come later");
      await again.body?.cancel();
      const third = await made(visitor, "third", 1_000);
      const bytes = await rest();
      assert.equal(bytes.byteLength, first.file?.size);
      assert.equal(createHash("sha256").update(bytes).digest("hex"), first.file?.sha256);
      assert.equal((await visitor.fetchFile(cluster.entry, third)).text, linesText("third", 1_000));
    });

    it("is cut when its user removes it, never taken for whole; the next file is unharmed", async () => {
      const visitor = new Visitor();
      const first = await made(visitor, "removed", LINES);
      const rest = await begun(visitor, first);
      const url = `${cluster.entry}/downloads/${first.id}`;
      assert.equal((await visitor.request(url, { method: "DELETE" })).status, 204);
      const next = await made(visitor, "next", 1_000);
      const arrived = await rest().catch(() => null);
      if (arrived !== null) assert.equal(arrived.byteLength, first.file?.size);
      assert.equal((await visitor.request(url)).status, 404);
      assert.equal((await visitor.fetchFile(cluster.entry, next)).text, linesText("next", 1_000));
    });
  });
