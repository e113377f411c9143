/** @module The streams of a cluster: creates missing ones and verifies existing ones. */

import { JetStreamApiError, type JetStreamManager, type StreamConfig } from "@nats-io/jetstream";
import { CarryoutError, type ErrorDetails, messageOf, UnavailableError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import { retry } from "../../../ports/retry.ts";
import type { Log } from "../../../telemetry/log.ts";
import { BATCHES_SINCE } from "./atomic-batch.ts";
import type { NatsLink } from "./connection.ts";
import { type Layout, recordStream, streamsOf } from "./layout.ts";
import { atLeast } from "./server-version.ts";
import { checkServer, replicasFor } from "./servers.ts";
import { isPassing, isStreamNotFound } from "./stream.ts";
import {
  differences,
  filesConfig,
  recordConfigs,
  recordStreamsOf,
  SCHEMA,
  schemaOf,
  type WantedConfig,
} from "./stream-config.ts";

const DEFAULT_RECORD_STREAMS = 3;
/** Servers that have just started elect leaders first. */
const PATIENCE_MS = 15_000;
const PAUSE_MS = 250;

/** Error codes of the JetStream API (nats-server, server/errors.json). */
const NO_SUITABLE_PEERS = 10_005;
const OTHER_CONFIGURATION = 10_058;
const REPLICAS_NEED_A_CLUSTER = 10_074;

export interface StreamsOptions {
  /** Of the cluster. */
  name: string;
  /** Null means the existing number, or three. */
  recordStreams: number | null;
  /** Null means three with at least three servers, else one. */
  replicas: number | null;
  /** Most bytes of all files together, on each server; null for as many as it has room for. */
  filesBytes: number | null;
  /** How many servers the URL names. */
  serversNamed: number;
  clock: Clock;
  log: Log;
  /** Creates nothing: a missing cluster is an error. */
  observer?: boolean | undefined;
}

/**
 * Ensures that the streams exist and are configured correctly; existing ones are never changed. Any number of nodes may
 * do so at once, and one that dies midway is harmless: the next one continues. Errors: `store-unusable` with all
 * problems, `unavailable` if the servers did not get ready in time.
 */
export async function openStreams(link: NatsLink, options: StreamsOptions): Promise<Layout> {
  return await patiently(options, () => openOnce(link, options));
}

/** An id of the cluster: its name, and when its first stream was created, which its servers keep. Errors: as `openStreams`. */
export async function clusterOf(link: NatsLink, options: StreamsOptions): Promise<string> {
  const { name } = options;
  return await patiently(options, async () => {
    const manager = await link.manager();
    const { created } = await manager.streams.info(recordStream(name, 0));
    return `${name} ${created}`;
  });
}

async function patiently<Result>(options: StreamsOptions, work: () => Promise<Result>): Promise<Result> {
  const onFailure = (cause: unknown, sinceMs: number) => {
    if (!isPassing(cause) && !isEarly(cause)) throw explained(cause, options);
    if (sinceMs >= PATIENCE_MS) throw late(cause, options);
  };
  const pauses = { firstMs: PAUSE_MS, mostMs: PAUSE_MS };
  return await retry(options.clock, { ...pauses, onFailure }, work);
}

/**
 * Creates a cluster's missing streams, or fails with all differences, without retrying. Returns the streams: those of
 * the records first, the one of the files last.
 */
export async function prepareStreams(
  link: NatsLink,
  layout: Layout,
  { replicas, filesBytes }: { replicas: number; filesBytes: number | null },
): Promise<StreamConfig[]> {
  const manager = await link.manager();
  const indexes = Array.from({ length: layout.recordStreams }, (_, index) => index);
  const chosen = { replicas, batches: takesBatches(link) };
  const wanted = [
    ...indexes.flatMap((index) => recordConfigs(layout, index, chosen)),
    filesConfig(layout.name, chosen, filesBytes),
  ];
  // Together: each has a leader to elect.
  const found = await Promise.all(
    wanted.map(async (config) => (await find(manager, config.name)) ?? (await add(manager, config))),
  );
  checkAll(found, wanted);
  return found;
}

async function openOnce(link: NatsLink, options: StreamsOptions): Promise<Layout> {
  const { name, log } = options;
  const manager = await link.manager();
  await checkServer(link, manager, options.serversNamed);
  const first = await find(manager, recordStream(name, 0));
  if (first === null && options.observer)
    throw unusable(`no cluster named ${JSON.stringify(name)} on this NATS; start a node first`, {
      details: { isAbsent: true },
    });
  const replicas = options.replicas ?? (await replicasFor(link, options));
  const asked = { name, recordStreams: options.recordStreams ?? DEFAULT_RECORD_STREAMS };
  const zero =
    first ?? (await add(manager, recordConfigs(asked, 0, { replicas, batches: takesBatches(link) })[0]!));
  const layout = layoutOf(zero, options);
  if (options.observer) await checkPresent(manager, layout);
  else {
    const { filesBytes } = options;
    const files = (await prepareStreams(link, layout, { replicas, filesBytes })).at(-1)!;
    if (filesBytes !== null && files.max_bytes !== filesBytes)
      log.warn(
        { stream: files.name, found: files.max_bytes, asked: filesBytes },
        "the file limit differs from the URL; change it with nats stream edit --max-bytes",
      );
  }
  if (options.replicas !== null && zero.num_replicas !== options.replicas) {
    const fields = { found: zero.num_replicas, asked: options.replicas };
    log.warn(fields, "the streams' number of replicas differs from the URL; change it with nats stream edit");
  }
  return layout;
}

function takesBatches(link: NatsLink): boolean {
  return atLeast(link.version, BATCHES_SINCE);
}

/** The first record stream decides for all nodes. */
function layoutOf(zero: StreamConfig, { name, recordStreams: asked }: StreamsOptions): Layout {
  if (schemaOf(zero) !== null) checkSchema(zero, SCHEMA);
  const recordStreams = recordStreamsOf(zero);
  if (recordStreams === null)
    throw unusable(`the stream ${zero.name} was not created by Carryout: choose another name with ?name=`);
  if (asked !== null && asked !== recordStreams)
    throw unusable(
      `the URL says streams=${asked}, but the cluster ${JSON.stringify(name)} was created with ${recordStreams}, ` +
        "which can't change: remove the option, or create another cluster with ?name=",
    );
  return { name, recordStreams };
}

async function checkPresent(manager: JetStreamManager, layout: Layout): Promise<void> {
  for (const name of Object.values(streamsOf(layout)).flat()) {
    if ((await find(manager, name)) === null) throw unusable(`the stream ${name} of this cluster is missing`);
  }
}

async function find(manager: JetStreamManager, name: string): Promise<StreamConfig | null> {
  try {
    return (await manager.streams.info(name)).config;
  } catch (error) {
    if (isStreamNotFound(error)) return null;
    throw error;
  }
}

/** Returns the stream, created by this node or by a quicker one. */
async function add(manager: JetStreamManager, config: WantedConfig): Promise<StreamConfig> {
  try {
    return (await manager.streams.add(config)).config;
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== OTHER_CONFIGURATION) throw error;
    const found = await find(manager, config.name);
    if (found === null) throw error;
    return found;
  }
}

function checkAll(found: readonly StreamConfig[], wanted: readonly WantedConfig[]): void {
  const problems = found.flatMap((config, index) => {
    const expected = wanted[index]!;
    checkSchema(config, schemaOf(expected)!);
    const differs = differences(config, expected);
    if (schemaOf(config) === null) differs.unshift("not created by Carryout");
    return differs.map((difference) => `${config.name}: ${difference}`);
  });
  if (problems.length === 0) return;
  const [one, ...more] = problems;
  const lines = more.length === 0 ? ` ${one}` : `\n  ${problems.join("\n  ")}`;
  throw unusable(`NATS streams have unexpected settings; nothing was changed:${lines}`);
}

/** Streams that Carryout did not create are reported elsewhere. */
function checkSchema(config: StreamConfig, expected: number): void {
  const schema = schemaOf(config) ?? expected;
  if (schema > expected)
    throw unusable(
      `the stream ${config.name} has schema ${schema}, but this version supports up to ${expected}: ` +
        "a newer Carryout upgraded this cluster; run that version",
    );
  if (schema < expected)
    throw unusable(
      `the stream ${config.name} has schema ${schema} of an earlier Carryout, but this version needs ${expected}: ` +
        "choose another cluster name with ?name= and let the earlier version run until its files are fetched, or " +
        "stop it, delete all streams of this cluster with nats stream rm, and start again without its downloads",
    );
}

/** Right after a cluster starts, its servers don't know each other yet. */
function isEarly(cause: unknown): boolean {
  return cause instanceof JetStreamApiError && cause.code === NO_SUITABLE_PEERS;
}

function late(cause: unknown, options: StreamsOptions): CarryoutError {
  if (isEarly(cause)) return tooFewServers(cause, options);
  const seconds = PATIENCE_MS / 1_000;
  return new UnavailableError(`JetStream did not answer for ${seconds} s: ${messageOf(cause)}`, { cause });
}

function explained(cause: unknown, options: StreamsOptions): unknown {
  if (!(cause instanceof JetStreamApiError)) return cause;
  if (cause.code === REPLICAS_NEED_A_CLUSTER) return tooFewServers(cause, options);
  return unusable(`NATS refused the streams of ${JSON.stringify(options.name)}: ${cause.message}`, { cause });
}

function tooFewServers(cause: unknown, { replicas }: StreamsOptions): CarryoutError {
  const wanted = replicas ?? 3;
  return unusable(
    `${wanted} replicas need ${wanted} nats-servers with JetStream and free space in one cluster, but there are fewer ` +
      `(${messageOf(cause)}): start more, or set ?replicas=1 and accept that losing that server loses the data`,
    { cause },
  );
}

function unusable(message: string, more: { cause?: unknown; details?: ErrorDetails } = {}): CarryoutError {
  return new CarryoutError("store-unusable", message, more);
}
