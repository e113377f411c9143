/** @module The next event: one action of users or operators or one fault, drawn at random. */

import { isFinished } from "../../src/download/download.ts";
import { slotKey } from "../../src/download/key.ts";
import type { Chance } from "./chance.ts";
import { KINDS } from "./generators.ts";
import type { SimNode } from "./node.ts";
import { setTrap } from "./traps.ts";
import { ask, cancel, drawWish, readFile, readSlowly } from "./users.ts";
import type { World } from "./world.ts";

type Action = (world: World, chance: Chance) => void;

interface Choice {
  name: string;
  weight: number;
  act: Action;
}

/** Users remain active during all faults. */
const USERS: readonly Choice[] = [
  {
    name: "ask",
    weight: 18,
    act: (world, chance) => onOpen(world, chance, (node) => ask(world, node, drawWish(world, chance))),
  },
  { name: "double-click", weight: 6, act: doubleClick },
  { name: "repeat", weight: 4, act: repeat },
  { name: "change one's mind", weight: 4, act: changeMind },
  { name: "cancel", weight: 5, act: (world, chance) => onDownload(world, chance, cancel) },
  { name: "read", weight: 5, act: (world, chance) => onDownload(world, chance, readFile) },
  {
    name: "read slowly",
    weight: 4,
    act: (world, chance) =>
      onDownload(world, chance, (_world, node, user, id) => readSlowly(world, chance, node, user, id)),
  },
  { name: "connect", weight: 7, act: connect },
  { name: "disconnect", weight: 2, act: (world, chance) => chance.pick(world.clients).disconnect() },
  { name: "wait", weight: 4, act: () => undefined },
];

/** Each schedule has only some of these, to reach states that rarely occur when everything happens at once. */
const TROUBLES: readonly Choice[] = [
  { name: "kill", weight: 8, act: (world, chance) => onLiving(world, chance, (node) => node.crash()) },
  {
    name: "freeze",
    weight: 8,
    act: (world, chance) => onLiving(world, chance, (node) => freeze(world, chance, node)),
  },
  {
    name: "cut off",
    weight: 8,
    act: (world, chance) => onLiving(world, chance, (node) => cutOff(world, chance, node)),
  },
  { name: "suspect", weight: 8, act: suspect },
  {
    name: "reset feed",
    weight: 8,
    act: (world, chance) => onLiving(world, chance, (node) => resetFeeds(world, chance, node)),
  },
  { name: "behind its back", weight: 6, act: behindItsBack },
  {
    name: "drain",
    weight: 4,
    act: (world, chance) => onOpen(world, chance, (node) => node.drain(chance.pick(world.openNodes))),
  },
  { name: "another in its place", weight: 16, act: anotherInItsPlace },
  {
    name: "a process of generators dies",
    weight: 6,
    act: (world, chance) => onLiving(world, chance, (node) => interrupt(world, chance, node)),
  },
  { name: "bad record", weight: 4, act: plantBadRecord },
  { name: "close", weight: 6, act: (world, chance) => onOpen(world, chance, (node) => node.close()) },
  { name: "weather", weight: 8, act: (world) => changeWeather(world) },
  { name: "temper", weight: 4, act: changeTemper },
  { name: "kill all", weight: 2, act: killAll },
  {
    name: "set a clock",
    weight: 6,
    act: (world, chance) => onLiving(world, chance, (node) => setClock(world, chance, node)),
  },
  {
    name: "suspend",
    weight: 4,
    act: (world, chance) => onLiving(world, chance, (node) => suspend(world, chance, node)),
  },
];

const RESTART: Choice = { name: "restart", weight: 8, act: restart };

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export class Schedule {
  readonly #world: World;
  readonly #chance: Chance;
  readonly #choices: Choice[];

  constructor(world: World) {
    this.#world = world;
    this.#chance = world.chance.fork();
    const troubles = TROUBLES.filter(() => this.#chance.is(0.35));
    this.#choices = [...USERS, ...troubles, RESTART];
    if (this.#chance.is(0.7)) changeWeather(world);
    if (this.#chance.is(0.5)) changeTemper(world, this.#chance);
    world.history.add("world", `troubles: ${troubles.map(({ name }) => name).join(", ") || "none"}`);
  }

  /** One action, then some time. */
  async step(): Promise<void> {
    const { act } = this.#chance.weighted(this.#choices.map((value) => ({ weight: value.weight, value })));
    act(this.#world, this.#chance);
    setTrap(this.#world);
    const waitMs = this.#chance.weighted([
      { weight: 3, value: 0 },
      { weight: 3, value: this.#chance.whole(1, 20) },
      { weight: 4, value: this.#chance.whole(20, 300) },
      { weight: 1, value: this.#chance.whole(300, 3_000) },
    ]);
    await this.#world.clock.advance(waitMs, () => this.#world.violation !== null);
  }
}

function onOpen(world: World, chance: Chance, act: (node: SimNode) => void): void {
  const { openNodes } = world;
  if (openNodes.length > 0) act(chance.pick(openNodes));
}

function onLiving(world: World, chance: Chance, act: (node: SimNode) => void): void {
  const living = world.nodes.filter((node) => !node.isDead);
  if (living.length === 0) return;
  const busy = living.filter(({ machine }) => [...world.runs].some((run) => run.machine === machine));
  act(chance.pick(busy.length > 0 && chance.is(0.6) ? busy : living));
}

/** An action on a download that exists, or existed a moment ago. */
function onDownload(
  world: World,
  chance: Chance,
  act: (world: World, node: SimNode, user: string, id: string) => void,
): void {
  const known = world.records.all();
  if (known.length === 0) return;
  const running = known.filter((download) => !isFinished(download));
  const { user, id } = chance.pick(running.length > 0 && chance.is(0.6) ? running : known);
  onOpen(world, chance, (node) => act(world, node, user, id));
  if (chance.is(0.2)) onOpen(world, chance, (node) => act(world, node, user, id));
}

function doubleClick(world: World, chance: Chance): void {
  const wish = drawWish(world, chance);
  for (let click = chance.whole(2, 4); click > 0; click--) {
    onOpen(world, chance, (node) => ask(world, node, wish));
  }
}

/** A page without an answer repeats its request, to the same or another node, possibly late. */
function repeat(world: World, chance: Chance): void {
  const recent = world.requests.slice(-6);
  if (recent.length === 0) return;
  const { wish, key } = chance.pick(recent);
  onOpen(world, chance, (node) => ask(world, node, wish, key));
}

/** Sends a request, and cancels it a moment later, whether answered or not. */
function changeMind(world: World, chance: Chance): void {
  const wish = drawWish(world, chance);
  onOpen(world, chance, (node) => ask(world, node, wish));
  world.clock.after(chance.whole(0, 150), () => {
    const mine = world.records.inSlots().find((download) => {
      return download.user === wish.user && download.slot === wish.slot && !isFinished(download);
    });
    if (mine) onOpen(world, chance, (node) => cancel(world, node, wish.user, mine.id));
  });
}

/** While a holder receives no changes, its download is removed at another node, and perhaps requested again. */
function behindItsBack(world: World, chance: Chance): void {
  // A generator that reports nothing makes no write of its own that would show the removal.
  const [run] = [...world.runs].sort((a, b) => a.lastSignAt - b.lastSignAt);
  const holder = world.openNodes.find(({ machine }) => machine === run?.machine);
  const others = world.openNodes.filter((node) => node !== holder);
  const download = run && world.records.byId(run.downloadId);
  if (!holder || others.length === 0 || !download) return;
  if (chance.is(0.5)) resetFeeds(world, chance, holder);
  else cutOff(world, chance, holder);
  cancel(world, chance.pick(others), download.user, download.id);
  if (chance.is(0.5)) ask(world, chance.pick(others), { ...drawWish(world, chance), user: download.user });
}

/** While some nodes receive no changes, a waiting download is cancelled, and another kind requested in its slot. */
function anotherInItsPlace(world: World, chance: Chance): void {
  const waiting = world.records.inSlots().filter(({ state }) => state === "pending");
  if (waiting.length === 0 || world.openNodes.length < 2) return;
  const { user, slot, kind, id } = chance.pick(waiting);
  const node = chance.pick(world.openNodes);
  for (const deaf of world.openNodes) if (deaf !== node) resetFeeds(world, chance, deaf);
  cancel(world, node, user, id);
  const other = chance.pick(KINDS.filter((one) => one !== kind));
  const wish = { ...drawWish(world, chance), user, slot, kind: other };
  world.clock.after(chance.whole(1, 60), () => {
    if (node.isOpen) ask(world, node, wish);
  });
}

/** The process that all its inline generators share dies: one of them caused it, but no node can tell which. */
function interrupt(world: World, chance: Chance, node: SimNode): void {
  const company = chance.pick([1, 2, 8]);
  world.history.add(node.name, "loses the process of its inline generators");
  for (const run of [...world.runs]) {
    const kind = world.records.lastOf(run.downloadId)?.kind ?? "";
    if (run.machine === node.machine && node.kinds.get(kind) === "inline") run.interrupt(company);
  }
}

/** In an unused slot, or over a download. */
function plantBadRecord(world: World, chance: Chance): void {
  const user = chance.pick([...world.users, "eve"]);
  const slot = chance.pick(["default", "more", "other"]);
  const key = slotKey(user, slot);
  const present = world.records.get(key)?.download;
  const text = chance.weighted([
    { weight: 1, value: "" },
    { weight: 1, value: "{}" },
    { weight: 2, value: JSON.stringify(present ?? { id: "nobody" }).slice(0, 60) },
    { weight: 1, value: JSON.stringify({ ...present, epoch: "1" }) },
    { weight: 2, value: JSON.stringify({ ...present, v: 99 }) },
  ]);
  world.records.plant(key, text);
}

function connect(world: World, chance: Chance): void {
  onOpen(world, chance, (node) => chance.pick(world.clients).connect(node));
}

function freeze(world: World, chance: Chance, node: SimNode): void {
  const forMs = chance.pick([50, 500, 1_500, 4_000]);
  world.history.add(node.name, `is frozen for ${forMs} ms`);
  node.machine.gate.freeze();
  world.membership.silent(node.machine);
  const timersFirst = chance.is(0.5);
  world.clock.after(forMs, () => thaw(world, node, timersFirst));
}

/** Equivalent to hours of suspension, without the wait: its time of day jumps, and its monotonic clock does not. */
function suspend(world: World, chance: Chance, node: SimNode): void {
  if (!node.machine.gate.isOpen) return;
  node.machine.sleep();
  freeze(world, chance, node);
}

/** A person or a time server sets it right or wrong; if all nodes are on one machine, it is the clock of all. */
function setClock(world: World, chance: Chance, node: SimNode): void {
  const offsetMs = chance.pick([
    0,
    -2_000,
    2_000,
    -MINUTE_MS,
    MINUTE_MS,
    -HOUR_MS,
    HOUR_MS,
    -30 * HOUR_MS,
    30 * HOUR_MS,
  ]);
  for (const { name, machine } of chance.is(0.4) ? world.nodes : [node]) {
    world.history.add(name, `its clock is set ${offsetMs / 1_000} s ahead`);
    machine.setClock(offsetMs);
  }
  world.wereClocksSet = true;
}

export function thaw(world: World, node: SimNode, timersFirst: boolean): void {
  if (!node.machine.gate.isFrozen) return;
  world.history.add(node.name, "goes on");
  node.machine.wake();
  node.machine.gate.thaw(timersFirst);
  world.membership.heard();
}

function cutOff(world: World, chance: Chance, node: SimNode): void {
  const { machine } = node;
  const forMs = chance.pick([100, 800, 3_000]);
  if (machine.isCutOff) return;
  world.history.add(node.name, `is cut off for ${forMs} ms`);
  machine.isCutOff = true;
  machine.wasCutOff = true;
  for (const feed of node.repo.feeds) feed.reset(0);
  world.membership.silent(machine);
  world.clock.after(forMs, () => reconnect(world, node));
}

export function reconnect(world: World, node: SimNode): void {
  if (!node.machine.isCutOff) return;
  node.machine.isCutOff = false;
  world.history.add(node.name, "is connected again");
  world.membership.heard();
}

function suspect(world: World, chance: Chance): void {
  onLiving(world, chance, (node) => {
    const view = world.membership.viewOf(node.machine);
    const { machine } = chance.pick(world.nodes);
    if (view) world.membership.suspect(view, machine, chance.pick([20, 300, 1_500]));
  });
}

function resetFeeds(world: World, chance: Chance, node: SimNode): void {
  const downMs = chance.pick([0, 50, 1_000]);
  world.history.add(node.name, `loses its feed for ${downMs} ms`);
  node.machine.deafUntil = world.clock.monotonic() + downMs + 1;
  for (const feed of node.repo.feeds) feed.reset(downMs);
}

function changeWeather(world: World): void {
  const weather = world.sky.change();
  const shown = Object.entries(weather).map(
    ([name, value]) => `${name} ${Math.round(value * 1_000) / 1_000}`,
  );
  world.history.add("world", `weather: ${shown.join(", ")}`);
}

function changeTemper(world: World, chance: Chance): void {
  world.temper = {
    fails: chance.pick([0, 0.02, 0.2]),
    hangs: chance.pick([0, 0.01, 0.05]),
    givesUp: chance.pick([0, 0.3]),
  };
  world.history.add("world", `generators' temper: ${JSON.stringify(world.temper)}`);
}

function killAll(world: World): void {
  for (const node of world.nodes) node.crash();
}

function restart(world: World): void {
  for (const node of world.nodes) if (node.isDead) return void world.start(node.name);
}
