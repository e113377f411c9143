/** @module Several nodes in one process over shared memory, for tests that need a cluster. */

import { systemClock } from "../clock/system.ts";
import type { Checkpoint, Download } from "../download/download.ts";
import type { Json } from "../download/json.ts";
import { downloadKey, ownerOf } from "../download/key.ts";
import { decodeSaved } from "../download/work-codec.ts";
import { MemoryFileStore } from "../engines/memory/memory-file-store.ts";
import { MemoryMembers, openMemoryMembership } from "../engines/memory/memory-membership.ts";
import { openMemoryRepo } from "../engines/memory/memory-repo.ts";
import { MemoryStore } from "../engines/memory/memory-store.ts";
import type { Generator } from "../generator/generator.ts";
import { inlineExecutor } from "../generator/inline.ts";
import { registryOf } from "../generator/registry.ts";
import type { Clock } from "../ports/clock.ts";
import type { Engine } from "../ports/engine.ts";
import { type Log, silentLog } from "../telemetry/log.ts";
import type { Carryout } from "./carryout.ts";
import { type Observer, openObserver } from "./observer.ts";
import { openCarryout } from "./open.ts";
import type { Settings } from "./settings.ts";
import type { DownloadStatus } from "./status.ts";

export interface NodeOptions {
  capacity?: number;
  inlineCapacity?: number;
  generators?: Generator<unknown>[];
  clock?: Clock;
  log?: Log;
}

export interface MemoryCluster {
  readonly files: MemoryFileStore;
  readonly repo: MemoryStore;
  node(name: string, options?: NodeOptions): Promise<Carryout>;
  /** An observer with the cluster's generators. */
  observer(): Promise<Observer>;
  /** The node looks dead to the others; anything that it still writes is a zombie's. */
  crash(node: Carryout): void;
  /** The first checkpoint of this download that was saved with this state. */
  saved(download: Pick<Download, "user" | "id">, state: Json): Promise<Checkpoint>;
  close(): Promise<void>;
}

export function memoryCluster(
  generators: Generator<unknown>[],
  settings: Partial<Settings> = {},
  clusterClock: Clock = systemClock,
  files = new MemoryFileStore({ clock: clusterClock }),
): MemoryCluster {
  const repo = new MemoryStore();
  const members = new MemoryMembers();
  const leaseMs = settings.leaseMs ?? 3_000;
  const nodes: Pick<Carryout, "close">[] = [];
  const openEngine = async (): Promise<Engine> => ({
    name: "memory:",
    repo: openMemoryRepo(repo),
    membership: await openMemoryMembership({ clock: clusterClock, log: silentLog, leaseMs }, members),
    files,
    secret: null,
    trouble: () => null,
    close: async () => {},
  });
  return {
    files,
    repo,
    async node(name, options = {}) {
      const { clock = clusterClock } = options;
      const registry = registryOf(options.generators ?? generators);
      const executor = inlineExecutor({ registry, clock });
      await executor.ready();
      const engine = await openEngine();
      const { capacity = 2, inlineCapacity = capacity } = options;
      const self = { name, url: null, pid: null, version: "test", capacity, inlineCapacity };
      const node = await openCarryout({
        engine,
        registry,
        executor,
        clock,
        log: options.log ?? silentLog,
        self,
        settings,
      });
      nodes.push(node);
      return node;
    },
    async observer() {
      const registry = registryOf(generators);
      const options = { engine: await openEngine(), registry, clock: clusterClock, log: silentLog, leaseMs };
      const observer = await openObserver(options);
      nodes.push(observer);
      return observer;
    },
    crash(node) {
      const member = node.cluster().nodes.find(({ name }) => name === node.name);
      if (member) members.crash(`${member.name}/${member.incarnation}`);
    },
    async saved({ user, id }, state) {
      const key = downloadKey(user, id);
      const stop = new AbortController();
      try {
        for await (const change of repo.saved.follow(ownerOf(key), stop.signal)) {
          const { checkpoint } = (change?.key === key && decodeSaved(change.text ?? "").value) || {};
          if (checkpoint?.state === state) return checkpoint;
        }
      } finally {
        stop.abort();
      }
      throw new Error("no such checkpoint was saved");
    },
    async close() {
      await Promise.all(nodes.map((node) => node.close()));
    },
  };
}

/** The first state of the user's download that satisfies the predicate, as seen by this node's watch. */
export async function until(
  node: Carryout,
  user: string,
  accept: (status: DownloadStatus) => boolean,
): Promise<DownloadStatus> {
  const stop = new AbortController();
  try {
    for await (const event of node.watch(user, stop.signal)) {
      const seen =
        event.type === "snapshot" ? event.downloads : event.type === "download" ? [event.status] : [];
      const found = seen.find(accept);
      if (found) return found;
    }
  } finally {
    stop.abort();
  }
  throw new Error("the watch ended before that state came");
}

/** The whole file as text. */
export async function textOf(node: Carryout, status: DownloadStatus): Promise<string> {
  const { file } = status.download;
  if (!file) throw new Error(`no file: ${status.download.state} ${JSON.stringify(status.download.error)}`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of node.read(file)) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
