/** @module The operators' page over a façade with thousands of downloads, which change when the test says so. */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../src/clock/system.ts";
import { createApp } from "../../src/http/app.ts";
import { FakeCarryout } from "../../src/http/fake-carryout.testing.ts";
import { createListener } from "../../src/http/listener.ts";
import { presentCluster } from "../../src/http/present.ts";
import type { ClusterDownload, ClusterEvent } from "../../src/tracker/status.ts";
import { clusterPage } from "../../src/ui/cluster-page.ts";

const ASSETS = fileURLToPath(new URL("../../dist/assets", import.meta.url));
const RUNNING = 1_000;
const PAUSE_MS = 100;

export class ManyDownloads {
  readonly url: string;
  readonly #server: Server;
  readonly #downloads: ClusterDownload[];
  readonly #told = new Set<(event: ClusterEvent) => void>();

  constructor(server: Server, carryout: FakeCarryout, count: number) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.#downloads = Array.from({ length: count }, (_, index) => manyth(index));
    carryout.clusterEvents = (signal) => this.#events(carryout, signal);
  }

  static async start({ count, token }: { count: number; token: string }): Promise<ManyDownloads> {
    const carryout = new FakeCarryout();
    const cluster = () => clusterPage({ view: presentCluster(carryout.cluster()) });
    const app = createApp({
      carryout,
      secret: "of this test alone",
      operatorToken: token,
      pages: { cluster },
      assets: { dir: ASSETS },
      clock: systemClock,
    });
    const listener = createListener(app);
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new ManyDownloads(server, carryout, count);
  }

  /** So many events, each with new progress of so many downloads. */
  async change(events: number, downloads: number): Promise<void> {
    for (let event = 1; event <= events; event += 1) {
      const changed = this.#downloads
        .slice(0, downloads)
        .map((download) => ({ ...download, fraction: event / (events + 1) }));
      this.#downloads.splice(0, downloads, ...changed);
      const { length: unfinished } = this.#downloads;
      for (const tell of this.#told)
        tell({ type: "changes", nodes: null, downloads: changed, removed: [], unfinished });
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async *#events(carryout: FakeCarryout, signal: AbortSignal): AsyncIterable<ClusterEvent> {
    const waiting: ClusterEvent[] = [
      {
        type: "snapshot",
        nodes: carryout.view.nodes,
        downloads: this.#downloads,
        unfinished: this.#downloads.length,
      },
    ];
    let wake = () => {};
    const tell = (event: ClusterEvent) => {
      waiting.push(event);
      wake();
    };
    this.#told.add(tell);
    signal.addEventListener("abort", () => wake(), { once: true });
    while (!signal.aborted) {
      yield* waiting.splice(0);
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (waiting.length > 0 || signal.aborted) resolve();
      });
    }
    this.#told.delete(tell);
  }
}

function manyth(index: number): ClusterDownload {
  const isRunning = index < RUNNING;
  return {
    id: `download-${String(index).padStart(6, "0")}`,
    user: `user-${index % 900}`,
    kind: index % 2 === 0 ? "cities.csv" : "cities.pdf",
    state: isRunning ? "processing" : "pending",
    node: isRunning ? `n${(index % 2) + 1}/1` : null,
    epoch: isRunning ? 1 : 0,
    fraction: isRunning ? 0 : null,
    requestedAt: Date.now() - 600_000 + index,
    turn: index,
  };
}
