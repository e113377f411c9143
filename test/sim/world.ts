/** @module One simulated cluster: its actual state, its random numbers, and its first violation. */

import { VirtualClock } from "../../src/clock/virtual.testing.ts";
import type { Isolation } from "../../src/generator/generator.ts";
import { DEFAULT_SETTINGS, type Settings } from "../../src/tracker/settings.ts";
import { Chance } from "./chance.ts";
import { Client } from "./client.ts";
import { Parts } from "./files.ts";
import {
  GOOD_TEMPER,
  KINDS,
  type Kind,
  REVISIONS,
  type Revision,
  simulatedGenerators,
  type Temper,
} from "./generators.ts";
import { History } from "./history.ts";
import { type Happening, type Invariant, violationOf } from "./invariant.ts";
import type { Machine } from "./machine.ts";
import { MembershipHub } from "./membership.ts";
import { SimNode } from "./node.ts";
import { Records } from "./records.ts";
import { claimOf, type RunSeen } from "./runs.ts";
import type { Caught, Mishap, Trap } from "./traps.ts";
import type { Request } from "./users.ts";
import { Sky } from "./weather.ts";

export interface Violation {
  invariant: string;
  what: string;
}

export interface WorldOptions {
  seed: number;
  invariants: readonly Invariant[];
  print: ((line: string) => void) | null;
}

const USERS = ["ann", "bob", "cyd"];
/** Drawn independently of all other random numbers. */
const REVISING = 0x5eed;
const TRAPPING = 0x7ab5;

export class World {
  readonly clock: VirtualClock;
  readonly chance: Chance;
  readonly history: History;
  readonly sky: Sky;
  readonly settings: Settings;
  readonly records: Records;
  readonly parts = new Parts();
  readonly membership: MembershipHub;
  readonly runs = new Set<RunSeen>();
  readonly clients: Client[];
  readonly users: readonly string[];
  readonly names: readonly string[];
  /** Downloads whose acceptance was confirmed to their users. */
  readonly accepted = new Set<string>();
  /** Everything that was ever requested, including repeats. */
  readonly requests: Request[] = [];
  /** Downloads whose user requested their removal, answered or not. */
  readonly removalAsked = new Set<string>();
  /** Downloads whose removal was confirmed to their user. */
  readonly removed = new Set<string>();
  /** The engine can write several parts of the state in one step. */
  readonly hasTransactions: boolean;
  /** When a node that takes each kind was last up, by the world's monotonic time. */
  readonly takenAt = new Map<string, number>();
  /** The kinds that the last release still has; earlier releases may have others. */
  readonly remaining: readonly Kind[];
  temper: Temper = GOOD_TEMPER;
  /** Claims whose run was interrupted, and may be started once more; see `claimOf`. */
  readonly interrupted = new Set<string>();
  /** Some clock was set by more than a little. */
  wereClocksSet = false;
  violation: Violation | null = null;
  readonly #machines = new Set<Machine>();
  readonly #attempts = new Map<string, number>();
  readonly #ranMs = new Map<string, number>();
  readonly #nodes = new Map<string, SimNode>();
  readonly #invariants: readonly Invariant[];
  /** Nodes of several releases run side by side, and have different kinds. */
  readonly #deploys: boolean;
  /** The code of the generators changes. */
  readonly #revises: boolean;
  readonly #revising: Chance;
  readonly #calls = new Map<Machine, number>();
  /** The random numbers of traps; null in a schedule without. */
  readonly trapping: Chance | null;
  trap: Trap | null = null;

  constructor({ seed, invariants, print }: WorldOptions) {
    this.chance = new Chance(seed);
    this.#revising = new Chance(seed ^ REVISING);
    this.#revises = this.#revising.is(0.4);
    const trapping = new Chance(seed ^ TRAPPING);
    this.trapping = trapping.is(0.4) ? trapping : null;
    this.#invariants = invariants;
    this.clock = new VirtualClock({ seed });
    this.history = new History(this.clock, print);
    this.sky = new Sky(this.chance.fork());
    this.records = new Records(this);
    this.membership = new MembershipHub(this, this.chance.fork());
    this.settings = drawSettings(this.chance);
    this.names = Array.from({ length: this.chance.whole(2, 5) }, (_, index) => `n${index + 1}`);
    this.users = USERS.slice(0, this.chance.whole(1, USERS.length));
    this.clients = this.users.flatMap((user) =>
      Array.from({ length: this.chance.whole(1, 2) }, (_, index) => {
        return new Client(this, `${user}${index + 1}`, user, this.chance.fork());
      }),
    );
    this.#deploys = this.chance.is(0.3);
    this.remaining = this.#deploys && this.chance.is(0.4) ? without(KINDS, this.chance.pick(KINDS)) : KINDS;
    this.hasTransactions = this.chance.is(0.3);
    this.#everySecond();
  }

  /** The latest process of each name, dead or alive. */
  get nodes(): SimNode[] {
    return [...this.#nodes.values()];
  }

  get openNodes(): SimNode[] {
    return this.nodes.filter((node) => node.isOpen);
  }

  /** Starts the process of a node whose last one is dead or never existed. */
  start(name: string, kinds: readonly Kind[] = this.#release()): SimNode {
    const { chance } = this;
    const drifts = chance.is(0.5);
    const drift = {
      offsetMs: drifts ? chance.whole(-1_500, 1_500) : 0,
      rate: drifts ? chance.pick([0.95, 1, 1, 1.05]) : 1,
    };
    const generators = simulatedGenerators(chance.fork(), () => this.temper, this.#revision()).filter(
      ({ kind }) => kinds.includes(kind as Kind),
    );
    const places = { inline: chance.whole(1, 3), process: chance.whole(1, 2) };
    const node = new SimNode(this, { name, places, drift, generators }, chance.fork());
    this.#nodes.set(name, node);
    this.#machines.add(node.machine);
    return node;
  }

  /** The kinds of a release: while there are several, one may lack a kind that others have. */
  #release(): readonly Kind[] {
    const { chance } = this;
    return this.#deploys && chance.is(0.6) ? without(KINDS, chance.pick(KINDS)) : KINDS;
  }

  /** The revision of a node that starts now: in schedules that change it, both run for a while, in any order. */
  #revision(): Revision {
    return this.#revises ? this.#revising.pick(REVISIONS) : REVISIONS[0];
  }

  died(machine: Machine): void {
    for (const run of this.runs) if (run.machine === machine) this.endRun(run);
    this.membership.crash(machine);
    this.#calls.delete(machine);
  }

  /** The latest time of day that any clock ever showed: a record not expired by then was never expired for any node. */
  get latestNow(): number {
    return Math.max(this.clock.now(), ...[...this.#machines].map((machine) => machine.latestNow));
  }

  /** The earliest time of day that the clock of a living node shows. */
  get earliestNow(): number {
    return Math.min(...this.nodes.filter(({ isDead }) => !isDead).map(({ machine }) => machine.now()));
  }

  endRun(run: RunSeen, wasInterrupted = false): void {
    this.runs.delete(run);
    if (wasInterrupted) this.interrupted.add(claimOf(run));
    else this.#attempts.set(run.downloadId, this.attempts(run.downloadId) + 1);
    const ranMs = run.machine.clock.monotonic() - run.beganAt;
    this.#ranMs.set(run.downloadId, ranMs + this.ranMs(run.downloadId));
  }

  /** Completed runs of this download that were not interrupted: every failure must be one of them. */
  attempts(id: string): number {
    return this.#attempts.get(id) ?? 0;
  }

  /** The total time of all completed runs of this download, by the clocks of their machines. */
  ranMs(id: string): number {
    return this.#ranMs.get(id) ?? 0;
  }

  /** The number of the node's runs of this sort. */
  running(node: SimNode, isolation: Isolation): number {
    return [...this.runs].filter(({ machine, downloadId }) => {
      const kind = this.records.lastOf(downloadId)?.kind;
      return machine === node.machine && kind !== undefined && node.kinds.get(kind) === isolation;
    }).length;
  }

  /** What happens to a call for which a trap was set; null for any other. */
  spring(caught: Caught): Mishap | null {
    const { trap } = this;
    this.trap = null; // it makes calls of its own
    const mishap = trap?.(caught) ?? null;
    if (mishap === null) this.trap ??= trap;
    return mishap;
  }

  happened(happening: Happening): void {
    if (happening.type === "removal confirmed") this.removed.add(happening.id);
    for (const invariant of this.#invariants) {
      const what = violationOf(invariant, happening, this);
      if (what !== null) this.#break(invariant.name, what);
    }
  }

  /** An event that a node did not expect: reported as a violation. */
  unexpected(who: string, message: string, details: unknown): void {
    const shown = details instanceof Error ? details.stack : JSON.stringify(details);
    this.#break("nothing goes wrong that was not planned", `${who}: ${message}: ${shown}`);
  }

  readonly calls = {
    repo: (machine: Machine) => {
      this.#calls.set(machine, (this.#calls.get(machine) ?? 0) + 1);
    },
  };

  #break(invariant: string, what: string): void {
    this.history.add("BROKEN", `${invariant}: ${what}`);
    this.violation ??= { invariant, what };
  }

  #everySecond(): void {
    this.clock.after(1_000, () => {
      for (const [machine, repoCalls] of this.#calls)
        this.happened({ type: "second over", machine, repoCalls });
      this.#calls.clear();
      for (const node of this.nodes) {
        for (const kind of KINDS) if (node.takes(kind)) this.takenAt.set(kind, this.clock.monotonic());
      }
      this.#everySecond();
    });
  }
}

function without(kinds: readonly Kind[], left: Kind): Kind[] {
  return kinds.filter((kind) => kind !== left);
}

/** Short times, so that a schedule includes many events. */
function drawSettings(chance: Chance): Settings {
  return {
    ...DEFAULT_SETTINGS,
    leaseMs: 1_000,
    retentionMs: chance.pick([6_000, 60_000, 600_000]),
    errorRetentionMs: chance.pick([6_000, 60_000]),
    graceMs: 8_000,
    keepPerUser: chance.pick([1, 3, 20]),
    maxHandovers: chance.pick([3, 5, 50]),
    claimStepMs: chance.pick([5, 25]),
    tickMs: chance.pick([10, 100]),
    sweepMs: chance.pick([1_000, 4_000]),
    drainMs: 150,
    abortMs: 200,
    unclaimedMs: 60_000,
  };
}
