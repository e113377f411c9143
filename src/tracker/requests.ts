/** @module What becomes of a user's request: created, joined, replaced or refused, in one conditional write. */

import type { Clock } from "../clock/clock.ts";
import type { Download } from "../download/download.ts";
import { slotKey } from "../download/key.ts";
import { claim, isExpired, meet, request } from "../download/transitions.ts";
import { CarryoutError } from "../errors.ts";
import type { FileStore } from "../files/file-store.ts";
import { type Registry, validateParams } from "../generator/registry.ts";
import type { NodeId } from "../membership/membership.ts";
import type { Repo, Stored, Version } from "../repo/repo.ts";
import type { Log } from "../telemetry/log.ts";
import type { StartRequest } from "./carryout.ts";
import type { Settings } from "./settings.ts";
import type { Place, Staff } from "./staff.ts";
import type { DownloadStatus } from "./status.ts";

export interface RequestsContext {
  self: NodeId;
  repo: Repo;
  files: FileStore;
  clock: Clock;
  log: Log;
  settings: Settings;
  registry: Registry;
  staff: Pick<Staff, "get" | "reserve">;
  /** True when this node may claim what it is asked for: nobody waits before, and it is not stopping. */
  mayClaim(): boolean;
  statusOf(download: Download): DownloadStatus;
}

/** Another node may write between our look and our write; each round somebody got something done. */
const MOST_ROUNDS = 100;

export class Requests {
  readonly #context: RequestsContext;

  constructor(context: RequestsContext) {
    this.#context = context;
  }

  async start(asked: StartRequest): Promise<{ status: DownloadStatus; joined: boolean }> {
    const { clock, registry, statusOf } = this.#context;
    const { user, kind, slot = "default" } = asked;
    const generator = registry.get(kind);
    if (!generator) throw unknownKind(kind, registry.kinds());
    const key = slotKey(user, slot);
    const params = await validateParams(generator, asked.params);
    const wanted = request({ user, slot, kind, params }, clock.now(), clock.id());
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const created = await this.#create(key, wanted);
      if (created === "joined" || created === "raced") {
        const present = await this.#present(key, wanted);
        if (present) return { status: statusOf(present), joined: true };
      } else {
        return { status: statusOf(created), joined: false };
      }
    }
    throw new CarryoutError("unavailable", "this slot changes too quickly, ask again", { retriable: true });
  }

  async list(user: string): Promise<Stored[]> {
    const now = this.#context.clock.now();
    const stored = await this.#context.repo.list(user);
    return stored
      .filter(({ download }) => !isExpired(download, now))
      .sort((a, b) => b.download.requestedAt - a.download.requestedAt);
  }

  async find(user: string, id: string): Promise<Stored | null> {
    const stored = await this.list(user);
    return stored.find(({ download }) => download.id === id) ?? null;
  }

  /** Record first, bytes second: what a crash between leaves is swept. */
  async remove(user: string, id: string): Promise<boolean> {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const stored = await this.find(user, id);
      if (!stored) return false;
      if (await this.#context.repo.remove(stored.key, stored.version)) {
        const worker = this.#context.staff.get(stored.key);
        if (worker?.id === id) worker.lose(true); // by now the slot may have been given to a new download
        await this.#removeFiles(id);
        return true;
      }
    }
    throw new CarryoutError("unavailable", "this download changes too quickly, ask again", {
      retriable: true,
    });
  }

  /** Puts the wanted download into its slot when it is free or finished; claims it in the same write if it can. */
  async #create(key: string, wanted: Download): Promise<Download | "joined" | "raced"> {
    const { repo, clock } = this.#context;
    const before = await repo.fetch(key);
    if (before && meet(before.download, wanted, clock.now()) !== "replace") return "joined";
    const place = this.#context.mayClaim() ? this.#context.staff.reserve(key, wanted.kind) : null;
    const written = await this.#write(before, wanted, place);
    if (written === null) return "raced";
    if (before) await this.#removeFiles(before.download.id);
    return written;
  }

  async #write(before: Stored | null, wanted: Download, place: Place | null): Promise<Download | null> {
    const { repo, clock, self, settings } = this.#context;
    const download = place ? claim(wanted, self, clock.now(), settings) : wanted;
    let version: Version | null = null;
    try {
      version = before ? await repo.update(download, before.version) : await repo.insert(download);
    } finally {
      if (version === null) place?.giveBack();
      else place?.fill({ download, version });
    }
    return version === null ? null : download;
  }

  /** The running download that an equal request joins; null when it has just ended or gone. */
  async #present(key: string, wanted: Download): Promise<Download | null> {
    const { repo, clock, statusOf } = this.#context;
    const stored = await repo.fetch(key);
    if (!stored) return null;
    const { download } = stored;
    const meeting = meet(download, wanted, clock.now());
    if (meeting === "join") return download;
    if (meeting === "replace") return null;
    throw new CarryoutError(
      "download-in-progress",
      `A different download (${download.kind}) is running in this slot; wait for it or cancel it.`,
      { details: { status: statusOf(download) } },
    );
  }

  async #removeFiles(id: string): Promise<void> {
    const { files, log } = this.#context;
    await files.remove(`${id}/`).catch((cause) => {
      log.warn({ download: id, cause }, "the bytes of a removed download stay until the next sweep");
    });
  }
}

function unknownKind(kind: string, kinds: string[]): CarryoutError {
  const shown = JSON.stringify(String(kind).slice(0, 80));
  return new CarryoutError("unknown-kind", `there is no kind ${shown}; there are ${kinds.join(", ")}`, {
    details: { kinds },
  });
}
