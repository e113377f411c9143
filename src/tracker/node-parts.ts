/** @module The parts of one node's tracker, put together. */

import type { Download } from "../download/download.ts";
import type { Executor } from "../generator/executor.ts";
import type { Registry } from "../generator/registry.ts";
import type { Clock } from "../ports/clock.ts";
import type { Engine } from "../ports/engine.ts";
import { type Member, type NodeId, nodeIdOf } from "../ports/membership.ts";
import type { Log } from "../telemetry/log.ts";
import { Activity } from "./activity.ts";
import { Archiver } from "./archiver.ts";
import { Cluster } from "./cluster.ts";
import { ClusterCapacity, lineOf } from "./cluster-capacity.ts";
import { DownloadReads } from "./download-reads.ts";
import { DurationSamples } from "./duration-samples.ts";
import { Feed } from "./feed.ts";
import { HistorySizes } from "./history-sizes.ts";
import { KindAvailability } from "./kind-availability.ts";
import { Liveness } from "./liveness.ts";
import { noticeOf } from "./notices.ts";
import { OverdueDownloads } from "./overdue-downloads.ts";
import { RecentSlots } from "./recent-slots.ts";
import { Requests } from "./requests.ts";
import { Revisions } from "./revisions.ts";
import { RunningTime } from "./running-time.ts";
import type { Settings } from "./settings.ts";
import { shortageOf } from "./shortage.ts";
import { SilentHolders } from "./silent-holders.ts";
import { SlotIndex } from "./slot-index.ts";
import { StatusReader } from "./status-reader.ts";
import { Subscribers } from "./subscribers.ts";
import { Supervisor } from "./supervisor.ts";
import { Sweeper } from "./sweeper.ts";
import { UnfinishedIndex } from "./unfinished-index.ts";
import { UnreadableRecords } from "./unreadable.ts";
import { WorkFollower } from "./work-follower.ts";
import { WorkerPool } from "./worker-pool.ts";

export interface NodePartsContext {
  engine: Engine;
  registry: Registry;
  executor: Executor;
  clock: Clock;
  log: Log;
  settings: Settings;
  member: Member;
  /** False while this node may claim nothing, whatever waits. */
  isClaiming(): boolean;
  /** Called when this node must stop making files because its generators' code has changed. */
  onChanged(): void;
}

export type NodeParts = ReturnType<typeof nodeParts>;

/** Most progress writes per second, for all downloads of a node together. */
const MOST_TICKS_PER_SECOND = 1_000;

/** Nothing runs yet: `Node` opens what has to be opened, and closes it. */
export function nodeParts(context: NodePartsContext) {
  const { engine, registry, executor, clock, log, settings, member, isClaiming, onChanged } = context;
  const { repo, files, membership } = engine;
  const self = nodeIdOf(member);
  const isAlive = (node: NodeId) => liveness.isAlive(node);
  const activity = new Activity(clock);
  const slotIndex = new SlotIndex();
  const unreadable = new UnreadableRecords(({ key, reason }) => {
    log.error({ key, reason }, "unreadable record skipped");
  });
  const running = new RunningTime(clock);
  const moment = () => ({ at: clock.now(), ranMs: running.read() });
  const kindAvailability = new KindAvailability(membership, moment);
  const revisions = new Revisions(registry);
  const unfinished = new UnfinishedIndex({ isAlive, lineOf: lineOf(registry), moment });
  const liveness: Liveness = new Liveness(membership, clock, settings.leaseMs, (node) => {
    feed.reconsider(node);
  });
  const places = new ClusterCapacity(unfinished, membership, registry);
  const noticing = { membership, running, unfinished, kindAvailability, revisions };
  const statusReader = new StatusReader({
    ...{ unfinished, places, clock, isAlive },
    noticeOf: (download) => noticeOf(noticing, download),
  });
  const durationSamples = new DurationSamples({
    ...{ clock, history: repo.history },
    notice: (download) => statusReader.notice(download),
  });
  const statusOf = (download: Download) => statusReader.of(download);
  const workFollower = new WorkFollower(repo.work, log);
  const cluster = new Cluster(unfinished, membership, clock, workFollower);
  const sizes = new HistorySizes();
  const reads = new DownloadReads({
    repo,
    clock,
    keyOf: (id) => slotIndex.of(id),
    isUnfinished: (id) => unfinished.ofId(id) !== undefined,
    counted: (user, size) => sizes.counted(user, size),
  });
  const subscribers = new Subscribers({ reads, work: workFollower, clock, statusOf });
  const archiver = new Archiver({
    ...{ self, repo, files, membership, clock, log, settings, sizes },
    onArchived: (stored) => subscribers.archived(stored),
  });
  const tickMs = () => Math.max(settings.tickMs, (workerPool.size * 1000) / MOST_TICKS_PER_SECOND);
  const writing = { repo, files, clock, log, settings, archiver, activity };
  const working = { ...writing, executor, running, tickMs, onChanged };
  const capacity = { process: member.capacity, inline: member.inlineCapacity };
  const workerPool: WorkerPool = new WorkerPool(registry, working, capacity, () => supervisor.look());
  const shared = { self, ...writing, registry, workerPool, reads, revisions };
  const watching = { membership, running, unfinished, kindAvailability };
  const recentSlots = new RecentSlots();
  const supervisor = new Supervisor({ ...shared, ...watching, places, recentSlots, isAlive });
  const requests = new Requests({
    ...shared,
    unfinished,
    isMade: (kind) => kindAvailability.isMade(kind),
    mayClaim: (kind) => isClaiming() && feed.isSynced && unfinished.line.forKind(kind).length === 0,
    statusOf,
  });
  const isFull = () => shortageOf(engine) !== null;
  const sweeper = new Sweeper({ ...shared, ...watching, isFull });
  const timeoutMsOf = (kind: string) => registry.get(kind)?.timeoutMs ?? null;
  const overdueDownloads = new OverdueDownloads({ ...shared, ...watching, timeoutMsOf });
  const silentHolders = new SilentHolders({ work: workFollower, unfinished, liveness });
  const feed = new Feed({
    ...shared,
    ...{
      silentHolders,
      liveness,
      unreadable,
      unfinished,
      recentSlots,
      slotIndex,
      statusReader,
      durationSamples,
      subscribers,
      cluster,
      supervisor,
    },
  });
  return {
    running,
    kindAvailability,
    revisions,
    liveness,
    statusReader,
    unfinished,
    slotIndex,
    activity,
    reads,
    archiver,
    workFollower,
    workerPool,
    supervisor,
    sweeper,
    overdueDownloads,
    requests,
    subscribers,
    cluster,
    feed,
  };
}
