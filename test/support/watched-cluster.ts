/** @module Three nodes over PostgreSQL, whose visitor asks for files of known lines and misses none of them. */

import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { violationsOf } from "./accepted-records.ts";
import { linesText } from "./cluster-generators.ts";
import { asOperator } from "./operator.ts";
import { acceptedBy, type witnessSlots } from "./postgres-witness.ts";
import { eventually, RealCluster, type RealClusterOptions } from "./real-cluster.ts";
import { type PublicDownload, Visitor } from "./visitor.ts";

export const isReady = ({ state }: PublicDownload) => state === "ready";
export const isRunning = ({ progress }: PublicDownload) => progress.done >= 20;

export class WatchedCluster {
  readonly visitor = new Visitor();
  readonly cluster: RealCluster;

  private constructor(cluster: RealCluster) {
    this.cluster = cluster;
  }

  static async start(options: RealClusterOptions): Promise<WatchedCluster> {
    const watched = new WatchedCluster(await RealCluster.start({ nodes: 3, respawn: true, ...options }));
    await watched.visitor.list(watched.cluster.entry); // the cookie
    return watched;
  }

  readonly bases = () => this.cluster.ownUrls;

  async readiness(): Promise<number[]> {
    return await Promise.all(this.bases().map(async (url) => (await fetch(`${url}/readyz`)).status));
  }

  allReady(): Promise<unknown> {
    return eventually("all nodes are ready", async () =>
      (await this.readiness()).every((status) => status === 200),
    );
  }

  /** Until each node tells its operator why it is not ready. */
  noneReady(reason: RegExp): Promise<unknown> {
    const told = new Map<string, string>();
    const isTold = async (base: string) => {
      const response = await fetch(`${base}/readyz`, { headers: asOperator });
      told.set(base, await response.text());
      return response.status === 503 && reason.test(told.get(base)!);
    };
    return eventually(`no node is ready, by ${reason}`, async () =>
      (await Promise.all(this.bases().map(isTold))).every(Boolean),
    ).catch((cause: unknown) => {
      throw new Error(`told: ${[...told.values()].join("\n")}`, { cause });
    });
  }

  /** Requests a file of a node like a page does: until it is accepted. `hold`: see `heldFile`. */
  async ask(base: string, slot: string, lines: number, hold = ""): Promise<PublicDownload> {
    return await eventually(`${base} takes the request ${slot}`, async () => {
      const response = await this.visitor.start(base, "lines", { lines, pace: 10, seed: slot, hold }, slot);
      if (response.status === 503) assert.ok(Number(response.headers.get("retry-after")) > 0);
      if (response.status !== 202 && response.status !== 200) {
        await wait(100);
        throw new Error(await response.text());
      }
      return (await response.json()) as PublicDownload;
    });
  }

  until(id: string, accept: (download: PublicDownload) => boolean): Promise<PublicDownload> {
    return this.visitor.until(this.bases, id, accept);
  }

  /** Has the right bytes of every one of these files, at every node. */
  async fetchAll(files: ReadonlyMap<string, number>, downloads: readonly PublicDownload[]): Promise<void> {
    for (const base of this.bases()) {
      for (const download of downloads) {
        const { text, sha256 } = await this.visitor.fetchFile(base, download);
        const { slot } = download;
        assert.equal(text, linesText(slot, files.get(slot)!), `${slot} from ${base}`);
        assert.equal(sha256, download.file?.sha256);
      }
    }
  }

  /**
   * Every node lists the same files, by slot with their lines, has the right bytes, and is busy with nothing; no two held
   * one at the same epoch.
   */
  async check(server: Parameters<typeof witnessSlots>[0], files: ReadonlyMap<string, number>): Promise<void> {
    for (const base of this.bases()) {
      const listed = await eventually(`${base} lists all files as ready`, async () => {
        const all = await this.visitor.list(base);
        const isWhole = all.length === files.size && all.every(isReady);
        return isWhole && all;
      });
      assert.deepEqual(listed.map(({ slot }) => slot).sort(), [...files.keys()].sort(), `listed by ${base}`);
      await this.fetchAll(files, listed);
      await eventually("nothing runs", async () =>
        (await this.cluster.nodes(base)).every(({ running }) => running === 0),
      );
    }
    assert.deepEqual(violationsOf(await acceptedBy(server)), []);
  }
}
