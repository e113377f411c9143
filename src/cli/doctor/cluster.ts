/** @module Checks of the engine and its contents: health, files, secret, nodes, downloads. */

import { randomUUID } from "node:crypto";
import type { Config } from "../../config/config.ts";
import { isFinished } from "../../download/download.ts";
import { messageOf } from "../../errors.ts";
import { loadRegistry } from "../../generator/registry.ts";
import type { Engine } from "../../ports/engine.ts";
import type { FileStore } from "../../ports/file-store.ts";
import { hasPlacesFor } from "../../tracker/cluster-capacity.ts";
import type { Observer } from "../../tracker/observer.ts";
import type { NodeStatus } from "../../tracker/status.ts";
import type { UnreadableRecord } from "../../tracker/unreadable.ts";
import { span } from "../format.ts";
import { fail, type Outcome, ok, warn } from "./finding.ts";

/** A download that has waited this long while nodes have free capacity is stuck. */
const LONG_MS = 10 * 60_000;

export function checkEngine(name: string, trouble: string | null): Outcome {
  return trouble === null ? ok(name) : fail(`${name}: ${trouble}`, "see the nodes' logs");
}

/** Writes a small part, reads it back and removes it. */
export async function checkFiles(files: FileStore): Promise<Outcome> {
  const key = `doctor-${randomUUID()}/0`;
  const written = Buffer.from("carryout doctor");
  try {
    await files.put(key, written);
    const read: Uint8Array[] = [];
    for await (const chunk of files.get(key)) read.push(chunk);
    await files.remove(key);
    if (Buffer.concat(read).equals(written)) return ok("a file was written, read back and removed");
    return fail("the bytes read differ from those written", "check the disk; files on it may be damaged");
  } catch (error) {
    return fail(messageOf(error), "check space and permissions, or choose another location with --files");
  }
}

export function checkSecret(config: Config, engine: Engine): Outcome {
  if (config.secret !== undefined) return ok("set by a setting");
  if (engine.secret !== null) return ok("stored with the engine's data");
  return fail("not set", "set CARRYOUT_SECRET to the same value of at least 16 characters on every node");
}

export async function checkGenerators(
  config: Pick<Config, "generators" | "capacity" | "inlineCapacity">,
): Promise<Outcome> {
  const { generators } = config;
  if (generators === undefined) {
    return warn("no generators module is set", "name it in carryout.config.ts or with --generators FILE");
  }
  try {
    const registry = await loadRegistry(generators);
    const kinds = registry.kinds();
    const idle = kinds.filter((kind) => !hasPlacesFor(registry, config, kind));
    if (idle.length === 0) return ok(kinds.join(", "));
    return warn(
      `${kinds.join(", ")}; not made here, as inlineCapacity is 0: ${idle.join(", ")}`,
      "raise CARRYOUT_INLINE_CAPACITY or remove these kinds; unless another node makes them, requests for them fail",
    );
  } catch (error) {
    return fail(messageOf(error), "fix the module; nodes cannot start with it");
  }
}

export function checkNodes(nodes: readonly NodeStatus[]): Outcome {
  if (nodes.length === 0) return warn("no node is alive", "start nodes: carryout up");
  const draining = nodes.filter((node) => node.draining).map(({ name }) => name);
  const found = nodes.map(({ name }) => name).join(", ");
  if (draining.length < nodes.length) return ok(`${found} alive`);
  return warn(`${found} alive, but all are draining`, "start other nodes; these accept no new work");
}

const MOST_NAMED = 5;

export function checkRecords(records: readonly UnreadableRecord[]): Outcome {
  if (records.length === 0) return ok("all readable");
  const named = records.slice(0, MOST_NAMED).map(({ key, reason }) => `${key}: ${reason}`);
  const more = records.length > named.length ? [`and ${records.length - named.length} more`] : [];
  return warn(
    [`${records.length} can't be read and are skipped`, ...named, ...more].join("\n"),
    records.every(({ isNewer }) => isNewer)
      ? "upgrade this node to the version that wrote them"
      : "a new request for the same slot replaces a damaged record; otherwise restore it from a backup",
  );
}

export function checkDownloads(observer: Observer, now: number): Outcome {
  const unfinished = observer.downloads().filter(({ download }) => !isFinished(download));
  const waiting = unfinished.filter(({ node }) => node === null);
  const found = `${unfinished.length} unfinished, ${waiting.length} of them waiting`;
  if (unfinished.length === 0) return ok("none unfinished");
  const nodes = observer.cluster().nodes;
  if (nodes.length === 0) return warn(found, "they resume when a node starts: carryout up");
  const hasPlaces = nodes.some(({ running, capacity, draining }) => !draining && running < capacity);
  const oldest = Math.min(...waiting.map(({ download }) => download.requestedAt));
  if (!hasPlaces || now - oldest < LONG_MS) return ok(found);
  const kinds = [...new Set(waiting.map(({ download }) => download.kind))].join(", ");
  return warn(
    `${found}; the oldest for ${span(now - oldest)}, although nodes have free capacity`,
    `check that nodes have generators for ${kinds}; cancel downloads that no node can make: carryout cancel ID`,
  );
}
