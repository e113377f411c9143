/** @module One schedule from the first start to rest: everything is determined by its seed. */

import { loadFileHash } from "../../src/generator/file-hash.ts";
import { GOOD_TEMPER } from "./generators.ts";
import { INVARIANTS } from "./invariants/all.ts";
import { reconnect, Schedule, thaw } from "./schedule.ts";
import { readFile } from "./users.ts";
import { type Violation, World } from "./world.ts";

export const DEFAULT_STEPS = 60;
/** After faults stop, every download ends within this time; virtual milliseconds. */
const HEALING_MS = 180_000;
/** After this long without a write, the last messages, ticks and stream readers have ended. */
const QUIET_MS = 4_000;

export interface SimulationOptions {
  seed: number;
  /** Number of actions and faults. */
  steps?: number;
  /** Called with every line of the history as it happens. */
  print?: (line: string) => void;
}

export interface SimulationResult {
  seed: number;
  steps: number;
  violation: Violation | null;
  /** Of the whole history: equal for equal seeds. */
  hash: string;
  lines: readonly string[];
  downloads: number;
  virtualMs: number;
}

/** Runs one schedule. Not two at a time in one process: every unhandled rejection is attributed to this one. */
export async function simulate({
  seed,
  steps = DEFAULT_STEPS,
  print,
}: SimulationOptions): Promise<SimulationResult> {
  await loadFileHash(); // the only step that takes real time
  const world = new World({ seed, invariants: INVARIANTS, print: print ?? null });
  const onRejection = (error: unknown) => world.unexpected("world", "a promise that nobody handles", error);
  process.on("unhandledRejection", onRejection);
  try {
    await live(world, steps);
  } catch (error) {
    world.unexpected("world", "the simulation itself failed", error);
  } finally {
    process.off("unhandledRejection", onRejection);
  }
  return {
    seed,
    steps,
    violation: world.violation,
    hash: world.history.hash(),
    lines: world.history.lines,
    downloads: world.records.count,
    virtualMs: world.clock.monotonic(),
  };
}

async function live(world: World, steps: number): Promise<void> {
  const schedule = new Schedule(world);
  for (const name of world.names) world.start(name);
  await world.clock.advance(200);
  for (const client of world.clients) {
    if (world.openNodes.length > 0) client.connect(world.chance.pick(world.openNodes));
  }
  for (let step = 0; step < steps && !world.violation; step++) await schedule.step();
  if (!world.violation) await heal(world);
  if (!world.violation) await rest(world);
}

/** Ends all faults for good. */
async function heal(world: World): Promise<void> {
  world.history.add("world", `all faults are over, what remains is ${world.remaining.join(" ")}`);
  world.sky.calm();
  world.temper = GOOD_TEMPER;
  world.trap = null;
  for (const node of world.nodes) {
    reconnect(world, node);
    thaw(world, node, false);
  }
  const isHealed = () => world.violation !== null || world.records.inSlots().length === 0;
  for (let waitedMs = 0; waitedMs < HEALING_MS; waitedMs += 1_000) {
    keepAlive(world);
    closeDrained(world);
    deployLast(world);
    await world.clock.advance(1_000, () => world.violation !== null);
    world.happened({ type: "calm second over" });
    if (isHealed()) break;
  }
}

/** Restarts nodes that ended, and reconnects browsers. True if there was something to do. */
function keepAlive(world: World): boolean {
  let didSomething = false;
  for (const node of world.nodes) {
    if (!node.isDead) continue;
    world.start(node.name, world.remaining);
    didSomething = true;
  }
  for (const client of world.clients) {
    if (client.node || world.openNodes.length === 0) continue;
    client.connect(world.chance.pick(world.openNodes));
    didSomething = true;
  }
  return didSomething;
}

/** A drained node may stay for a long time, as nothing may depend on its exit; but some node has to do the work. */
function closeDrained(world: World): void {
  const mayStay = world.openNodes.some(({ machine }) => !machine.isDraining);
  for (const node of world.nodes) {
    if (!node.isDead && node.machine.isDraining && !mayStay) node.close();
  }
}

/** Upgrades one node after the other to the last release, as long as nodes have too many or too few kinds. */
function deployLast(world: World): void {
  const living = world.nodes.filter(({ isDead }) => !isDead);
  const outdated = living.find(({ kinds }) => [...kinds.keys()].some((kind) => !isRemaining(world, kind)));
  const claiming = living.filter(({ machine }) => !machine.isDraining);
  const missed = world.remaining.find((kind) => !claiming.some((node) => node.kinds.has(kind)));
  if (outdated) outdated.close();
  else if (missed) living[0]?.close();
}

function isRemaining({ remaining }: World, kind: string): boolean {
  return remaining.some((one) => one === kind);
}

async function rest(world: World): Promise<void> {
  const isBroken = () => world.violation !== null;
  await quiet(world, QUIET_MS);
  if (isBroken()) return;
  world.happened({ type: "rest" });
  for (const node of world.openNodes) {
    for (const { user, id } of world.records.all()) readFile(world, node, user, id);
  }
  await world.clock.advance(4 * world.settings.sweepMs, isBroken);
  await quiet(world, 3 * world.settings.sweepMs); // the sweep of newly expired files goes part by part
  if (!isBroken()) world.happened({ type: "swept" });
}

/** Resolves when nothing was written for this long. Nodes that end again and again prevent that. */
async function quiet(world: World, forMs: number): Promise<void> {
  const endAt = world.clock.monotonic() + HEALING_MS;
  for (let quietMs = 0; quietMs < forMs && !world.violation; quietMs += 500) {
    if (world.clock.monotonic() > endAt) return world.unexpected("world", "it does not come to rest", null);
    const before = world.records.lastWriteAt;
    if (keepAlive(world)) quietMs = 0;
    // A browser may repeat a request only now.
    closeDrained(world);
    deployLast(world);
    await world.clock.advance(500, () => world.violation !== null);
    if (world.records.lastWriteAt !== before) quietMs = 0;
  }
}
