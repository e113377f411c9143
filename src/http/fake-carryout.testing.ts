/** @module Test support: the façade in memory, driven by hand. No engine, no generators, no time. */

import { createHash } from "node:crypto";
import { type Download, isFinished, type StoredFile } from "../download/download.ts";
import { digestOfKey, fingerprint } from "../download/fingerprint.ts";
import type { Json } from "../download/json.ts";
import { inListOrder } from "../download/order.ts";
import { meet, request } from "../download/transitions.ts";
import { CarryoutError } from "../errors.ts";
import type { ByteRange, FileHeaders } from "../ports/file-store.ts";
import type { Asked, Carryout, ListPage, Operations, StartRequest } from "../tracker/carryout.ts";
import type { ActivityPoint, ClusterView, DownloadStatus, WatchEvent } from "../tracker/status.ts";

/** 2026-01-02T03:04:05.678Z */
export const FAKE_NOW = 1_767_323_045_678;

export class FakeCarryout implements Carryout {
  readonly name = "n1";
  /** Thrown by every call that may fail, while set. */
  failure: Error | null = null;
  troubled: string | null = null;
  drained: string[] = [];
  /** Nodes that do not answer. */
  readonly silent = new Set<string>();
  offered: ReturnType<Carryout["offers"]> = [];
  readonly requests: StartRequest[] = [];
  /** Calls of `reportMissing`: user and id. */
  readonly missing: string[] = [];
  readonly view: ClusterView = { nodes: [fakeNode("n1"), fakeNode("n2")], downloads: [], unfinished: 0 };
  /** Chunks that `read` was asked for so far, and whether the reader has released them. */
  readonly reading = { chunks: 0, ended: false };
  /** Bytes of a file after which its next part is missing. */
  breakAfter = Number.POSITIVE_INFINITY;
  chunkBytes = 64 * 1024;
  /** Where files can be fetched from without this node, while set. */
  addressed: string | null = null;

  points: ActivityPoint[] = [];
  readonly operations: Operations = {
    find: async ({ id, user, kind, state, limit, after }) => {
      this.#check();
      const matching = [...this.#statuses.values()]
        .filter(
          ({ download }) => download.id.startsWith(id ?? "") && download.user === (user ?? download.user),
        )
        .filter(({ download }) => download.kind === (kind ?? download.kind))
        .filter(({ download }) => download.state === (state ?? download.state));
      const first = Number(after ?? 0);
      const next = matching.length > first + limit ? String(first + limit) : null;
      return { found: matching.slice(first, first + limit), next };
    },
    story: async (id) => {
      const status = this.#statuses.get(id);
      return status ? { status, checkpoints: status.download.checkpoints, savedBytes: null } : null;
    },
    cancel: async (id) => {
      this.#check();
      const status = this.#statuses.get(id);
      if (!status) return "unknown";
      if (isFinished(status.download)) return "finished";
      await this.remove(status.download.user, id);
      return "cancelled";
    },
    retry: async (id) => this.retry(this.#statuses.get(id)?.download.user ?? "", id),
    activity: () => this.points,
    watch: (signal) => this.clusterEvents(signal),
  };
  /** What `operations.watch` gives. */
  clusterEvents: Operations["watch"] = async function* () {};

  readonly #statuses = new Map<string, DownloadStatus>();
  readonly #bytes = new Map<string, Uint8Array>();
  readonly #watchers = new Set<{ user: string; push: (event: WatchEvent) => void }>();
  readonly #clusterWatchers = new Set<() => void>();
  readonly #closing = new AbortController();

  /** Adds a download, notifies its watchers, and returns its status. */
  put(change: Partial<Download> = {}, status: Partial<DownloadStatus> = {}): DownloadStatus {
    const download = { ...fakeDownload(), ...change };
    download.fingerprint = fingerprint(download.kind, download.params);
    const put = { download, node: download.node, position: null, etaMs: null, ...status };
    this.#statuses.set(download.id, put);
    this.#tell(download.user, { type: "download", status: put });
    return put;
  }

  /** A ready download with these bytes. */
  putFile(user: string, name: string, bytes: Uint8Array, change: Partial<Download> = {}): DownloadStatus {
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const file = { name, type: "text/csv; charset=utf-8", size: bytes.byteLength, sha256, parts: [] };
    this.#bytes.set(sha256, bytes);
    return this.put({
      user,
      state: "ready",
      file,
      finishedAt: FAKE_NOW,
      expiresAt: FAKE_NOW + 1e6,
      ...change,
    });
  }

  async start(asked: StartRequest): Promise<{ status: DownloadStatus; joined: boolean }> {
    this.#check();
    this.requests.push(asked);
    const { user, kind, slot = "default", params = null, idempotencyKey } = asked;
    if (!this.kinds().includes(kind)) throw new CarryoutError("unknown-kind", `there is no kind ${kind}`);
    if ((params as { country?: string } | null)?.country === "nowhere") {
      const errors = [{ path: "country", message: "expected two letters" }];
      throw new CarryoutError("invalid-parameters", "country: expected two letters", { details: { errors } });
    }
    const requestKey = idempotencyKey === undefined ? null : digestOfKey(idempotencyKey);
    const id = `id-${this.requests.length}`;
    const wanted = request({ user, slot, kind, params: params as Json, requestKey }, FAKE_NOW, id);
    const isMet = ({ download }: DownloadStatus) =>
      download.slot === slot && (!isFinished(download) || download.requestKey === wanted.requestKey);
    const present = this.#of(user).find(isMet);
    const meeting = present ? meet(present.download, wanted, FAKE_NOW) : "replace";
    if (present && meeting === "join") return { status: present, joined: true };
    if (meeting === "reused key") throw new CarryoutError("key-reused", "use a new key for each request");
    if (meeting === "refuse") {
      throw new CarryoutError("download-in-progress", "another one is running", {
        details: { status: present },
      });
    }
    const { params: given } = wanted;
    return { status: this.put({ id, user, kind, slot, params: given, requestKey }), joined: false };
  }

  async retry(user: string, id: string): Promise<{ status: DownloadStatus; joined: boolean } | null> {
    const requestKey = digestOfKey(`retry of ${id}`);
    const failed = await this.fetch(user, id);
    if (!failed) return null;
    const made = this.#of(user).find(({ download }) => download.requestKey === requestKey);
    if (made) return { status: made, joined: true };
    const { state, kind, slot, params } = failed.download;
    if (state !== "error") throw new CarryoutError("not-failed", "it did not fail");
    return { status: this.put({ id: `${id}-again`, user, kind, slot, params, requestKey }), joined: false };
  }

  async fetch(user: string, id: string): Promise<DownloadStatus | null> {
    this.#check();
    const status = this.#statuses.get(id);
    return status?.download.user === user ? status : null;
  }

  async list(user: string, { limit = 100, after }: ListPage = {}): Promise<DownloadStatus[]> {
    this.#check();
    return this.#of(user)
      .sort((a, b) => inListOrder(a.download, b.download))
      .filter(({ download }) => after === undefined || inListOrder(after, download) < 0)
      .slice(0, limit);
  }

  async removeAll(user: string): Promise<number> {
    const all = this.#of(user);
    for (const { download } of all) await this.remove(user, download.id);
    return all.length;
  }

  async remove(user: string, id: string): Promise<boolean> {
    if (!(await this.fetch(user, id))) return false;
    this.#statuses.delete(id);
    this.#tell(user, { type: "removed", id });
    return true;
  }

  async *watch(user: string, signal: AbortSignal): AsyncIterable<WatchEvent> {
    this.#check();
    const waiting: WatchEvent[] = [{ type: "snapshot", downloads: this.#of(user) }];
    let wake = Promise.withResolvers<void>();
    const watcher = {
      user,
      push: (event: WatchEvent) => {
        waiting.push(event);
        wake.resolve();
      },
    };
    this.#watchers.add(watcher);
    const end = AbortSignal.any([signal, this.#closing.signal]);
    end.addEventListener("abort", () => wake.resolve());
    try {
      while (!end.aborted) {
        yield* waiting.splice(0);
        wake = Promise.withResolvers();
        if (waiting.length === 0 && !end.aborted) await wake.promise;
      }
    } finally {
      this.#watchers.delete(watcher);
    }
  }

  /** Number of watching event streams. */
  get watchers(): number {
    return this.#watchers.size;
  }

  async reportMissing(user: string, id: string): Promise<void> {
    this.missing.push(`${user} ${id}`);
  }

  async *read(file: StoredFile, range?: ByteRange): AsyncIterable<Uint8Array> {
    this.#check();
    const bytes = this.#bytes.get(file.sha256) ?? new Uint8Array();
    const end = range ? range.end + 1 : file.size;
    try {
      for (let at = range?.start ?? 0; at < end; at += this.chunkBytes) {
        if (at >= this.breakAfter) throw new CarryoutError("missing-part", "the part is gone");
        this.reading.chunks += 1;
        yield bytes.subarray(at, Math.min(end, at + this.chunkBytes));
      }
    } finally {
      this.reading.ended = true;
    }
  }

  async address(file: StoredFile, headers: FileHeaders): Promise<string | null> {
    this.#check();
    if (this.addressed === null) return null;
    if (this.breakAfter === 0) throw new CarryoutError("missing-part", "the part is gone");
    return `${this.addressed}${file.sha256}?${new URLSearchParams({ ...headers })}`;
  }

  offers() {
    return this.offered;
  }

  kinds(): string[] {
    return ["cities.csv", "fake"];
  }

  cluster(): ClusterView {
    return this.view;
  }

  async *watchCluster(signal: AbortSignal): AsyncIterable<ClusterView> {
    let wake = Promise.withResolvers<void>();
    const push = () => wake.resolve();
    this.#clusterWatchers.add(push);
    signal.addEventListener("abort", push);
    while (!signal.aborted) {
      yield this.view;
      await wake.promise;
      wake = Promise.withResolvers();
    }
    this.#clusterWatchers.delete(push);
  }

  /** Notifies watchers of the cluster that the view changed. */
  clusterChanged(): void {
    for (const push of this.#clusterWatchers) push();
  }

  async drainNode(name: string): Promise<Asked> {
    this.#check();
    if (!this.view.nodes.some((node) => node.name === name)) return "unknown";
    if (this.silent.has(name)) return "silent";
    this.drained.push(name);
    return "asked";
  }

  draining = false;

  trouble(): string | null {
    return this.troubled;
  }

  async close(): Promise<void> {
    this.#closing.abort();
  }

  #of(user: string): DownloadStatus[] {
    return [...this.#statuses.values()].filter(({ download }) => download.user === user);
  }

  #tell(user: string, event: WatchEvent): void {
    for (const watcher of this.#watchers) if (watcher.user === user) watcher.push(event);
  }

  #check(): void {
    if (this.failure) throw this.failure;
  }
}

function fakeNode(name: string) {
  return {
    name,
    incarnation: "1",
    url: null,
    pid: name === "n1" ? 123 : null,
    version: "1.2.3",
    capacity: 2,
    running: 1,
    draining: false,
    startedAt: FAKE_NOW - 60_000,
    kinds: { fake: "r1" },
  };
}

export function fakeDownload(): Download {
  return {
    id: "download-1",
    user: "ann",
    slot: "default",
    kind: "fake",
    params: null,
    fingerprint: "f",
    requestKey: null,
    state: "processing",
    node: "n1/1",
    epoch: 1,
    failures: 0,
    handovers: 0,
    ticket: 1,
    turns: 0,
    network: null,
    ranMs: 0,
    progress: { done: 1, total: 4, message: null, fraction: 0.25, etaMs: null },
    revision: null,
    freshSince: 0,
    file: null,
    error: null,
    requestedAt: FAKE_NOW - 2_000,
    startedAt: FAKE_NOW - 1_000,
    finishedAt: null,
    backoffMs: 0,
    unclaimedSince: null,
    checkpoints: { count: 0, at: null },
    story: { events: [{ type: "requested", at: FAKE_NOW - 2_000 }], dropped: 0 },
    expiresAt: null,
  };
}
