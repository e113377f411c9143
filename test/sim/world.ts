/** @module One simulated cluster: its true state, its dice, and what was broken first. */

import { VirtualClock } from "../../src/clock/virtual.ts";
import { DEFAULT_SETTINGS, type Settings } from "../../src/tracker/settings.ts";
import { Chance } from "./chance.ts";
import { Client } from "./client.ts";
import { Parts } from "./files.ts";
import { GOOD_TEMPER, simulatedGenerators, type Temper } from "./generators.ts";
import { History } from "./history.ts";
import { type Happening, type Invariant, violationOf } from "./invariant.ts";
import type { Machine } from "./machine.ts";
import { MembershipHub } from "./membership.ts";
import { SimNode } from "./node.ts";
import { Records } from "./records.ts";
import type { RunSeen } from "./runs.ts";
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
  /** Downloads that a user was told are accepted. */
  readonly accepted = new Set<string>();
  /** Downloads whose user asked to remove them, answered or not. */
  readonly removalAsked = new Set<string>();
  temper: Temper = GOOD_TEMPER;
  violation: Violation | null = null;
  readonly #nodes = new Map<string, SimNode>();
  readonly #invariants: readonly Invariant[];
  readonly #calls = new Map<Machine, number>();

  constructor({ seed, invariants, print }: WorldOptions) {
    this.chance = new Chance(seed);
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
    this.#everySecond();
  }

  /** The latest process of each name, dead or alive. */
  get nodes(): SimNode[] {
    return [...this.#nodes.values()];
  }

  get openNodes(): SimNode[] {
    return this.nodes.filter((node) => node.isOpen);
  }

  /** Starts the process of a node whose last one is dead or was never there. */
  start(name: string): SimNode {
    const { chance } = this;
    const drifts = chance.is(0.5);
    const drift = {
      offsetMs: drifts ? chance.whole(-1_500, 1_500) : 0,
      rate: drifts ? chance.pick([0.95, 1, 1, 1.05]) : 1,
    };
    const generators = simulatedGenerators(chance.fork(), () => this.temper);
    const places = chance.whole(1, 3);
    const node = new SimNode(this, { name, places, drift, generators }, chance.fork());
    this.#nodes.set(name, node);
    return node;
  }

  died(machine: Machine): void {
    for (const run of this.runs) if (run.machine === machine) this.runs.delete(run);
    this.membership.crash(machine);
    this.#calls.delete(machine);
  }

  happened(happening: Happening): void {
    for (const invariant of this.#invariants) {
      const what = violationOf(invariant, happening, this);
      if (what !== null) this.#break(invariant.name, what);
    }
  }

  /** Something that a node did not expect to see: told as a violation. */
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
      this.#everySecond();
    });
  }
}

/** Times are short, so that much happens in a schedule. */
function drawSettings(chance: Chance): Settings {
  return {
    ...DEFAULT_SETTINGS,
    leaseMs: 1_000,
    retentionMs: chance.pick([6_000, 60_000, 600_000]),
    errorRetentionMs: chance.pick([6_000, 60_000]),
    maxHandovers: chance.pick([3, 5, 50]),
    claimStepMs: chance.pick([5, 25]),
    tickMs: chance.pick([10, 100]),
    sweepMs: chance.pick([1_000, 4_000]),
    drainMs: 150,
    abortMs: 200,
    unclaimedMs: 60_000,
  };
}
