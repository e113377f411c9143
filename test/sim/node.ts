/** @module One process of a node: the real tracker over simulated ports. */

import { messageOf } from "../../src/errors.ts";
import type { Generator, Isolation } from "../../src/generator/generator.ts";
import { inlineExecutor } from "../../src/generator/inline.ts";
import { registryOf } from "../../src/generator/registry.ts";
import type { Engine } from "../../src/ports/engine.ts";
import { loggable } from "../../src/telemetry/fields.ts";
import type { Log } from "../../src/telemetry/log.ts";
import type { Carryout } from "../../src/tracker/carryout.ts";
import { openCarryout } from "../../src/tracker/open.ts";
import type { Chance } from "./chance.ts";
import { SimFiles } from "./files.ts";
import { type Drift, Machine } from "./machine.ts";
import { SimRepo } from "./repo.ts";
import { watchedExecutor } from "./runs.ts";
import type { World } from "./world.ts";

export interface NodeOptions {
  name: string;
  /** Concurrent generations. */
  places: Record<Isolation, number>;
  drift: Drift;
  /** The kinds of generator in the release that it runs. */
  generators: Generator<unknown>[];
}

export class SimNode {
  readonly name: string;
  readonly machine: Machine;
  readonly repo: SimRepo;
  /** The kinds it can make, and the isolation each uses. */
  readonly kinds: ReadonlyMap<string, Isolation>;
  readonly places: Readonly<Record<Isolation, number>>;
  readonly #world: World;
  #carryout: Carryout | null = null;
  #isClosing = false;

  constructor(world: World, options: NodeOptions, chance: Chance) {
    const { name, places, drift, generators } = options;
    this.#world = world;
    this.name = name;
    this.kinds = new Map(generators.map(({ kind, isolation }) => [kind, isolation]));
    this.places = places;
    this.machine = new Machine(name, world.clock, chance.fork(), drift);
    this.repo = new SimRepo(world, this.machine, chance.fork());
    const { clock } = this.machine;
    const engine: Engine = {
      name: "simulated:",
      repo: this.repo,
      membership: world.membership.open(this.machine),
      files: new SimFiles(world, this.machine, chance.fork()),
      secret: null,
      trouble: () => null,
      close: async () => {},
    };
    const registry = registryOf(generators);
    const executor = watchedExecutor(world, this.machine, inlineExecutor({ registry, clock }), (kind) => {
      return registry.get(kind)?.revision ?? null;
    });
    const self = {
      name,
      url: null,
      pid: null,
      version: "0",
      capacity: places.process,
      inlineCapacity: places.inline,
    };
    const log = historyLog(world, name);
    const made = [...this.kinds.keys()].join(" ");
    world.history.add(
      name,
      `starts, makes ${made} of ${generators[0]?.revision}, has ${places.inline} + ${places.process} places, ${drift.offsetMs} ms ahead, rate ${drift.rate}`,
    );
    openCarryout({ engine, registry, executor, clock, log, self, settings: world.settings }).then(
      (carryout) => {
        this.#carryout = carryout;
        world.history.add(name, "is open");
      },
      (error) => {
        world.history.add(name, `can't open: ${messageOf(error)}`);
        this.crash();
      },
    );
  }

  get isDead(): boolean {
    return this.machine.gate.isDead;
  }

  /** True while it may claim a download of this kind. */
  takes(kind: string): boolean {
    return this.isOpen && this.machine.gate.isOpen && !this.machine.isDraining && this.kinds.has(kind);
  }

  get isOpen(): boolean {
    return this.#carryout !== null && !this.isDead && !this.#isClosing;
  }

  /** This node as users see it: null until it is open. */
  get carryout(): Carryout | null {
    return this.#carryout;
  }

  /** A user's request arrives; like everything else it waits at the gate. */
  request(handle: (carryout: Carryout) => Promise<void>): void {
    this.#world.clock.after(0, () => {
      this.machine.gate.enter(() => {
        if (this.#carryout) void handle(this.#carryout);
      });
    });
  }

  crash(): void {
    if (this.isDead) return;
    this.#world.history.add(this.name, "is killed");
    this.machine.gate.kill();
    this.#world.died(this.machine);
  }

  /** An operator requests the drain at some node, perhaps another one. */
  drain(asker: SimNode): void {
    this.machine.isDraining = true;
    this.#world.history.add(asker.name, `is to have ${this.name} drain`);
    const { id } = this.machine;
    asker.request((carryout) => asker.#answer("drain", this.#beAsked(carryout, id)));
  }

  async #beAsked(carryout: Carryout, id: string | null): Promise<void> {
    const asked = await carryout.drainNode(this.name);
    this.#world.history.add(this.name, `drain: ${asked}`);
    if (asked !== "asked" || id !== this.machine.id) return;
    this.#world.happened({
      type: "drain confirmed",
      machine: this.machine,
      draining: this.#carryout?.draining,
    });
  }

  /** SIGTERM: it closes, then its process ends. */
  close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.machine.isDraining = true;
    this.#world.history.add(this.name, "is asked to close");
    this.request(async (carryout) => {
      await this.#answer("close", carryout.close());
      this.crash();
    });
  }

  async #answer(what: string, done: Promise<unknown>): Promise<void> {
    try {
      await done;
      this.#world.history.add(this.name, `${what} is done`);
    } catch (error) {
      this.#world.unexpected(this.name, `${what} failed`, error);
    }
  }
}

/** The node's log is part of the history; an unexpected error in it is a fault. */
function historyLog(world: World, name: string): Log {
  const add = (level: string) => (fields: Record<string, unknown>, message: string) => {
    const reason = fields.reason ?? (fields.error === undefined ? "" : messageOf(fields.error));
    world.history.add(name, `(${level}) ${message}${reason ? `: ${reason}` : ""}`);
  };
  const log: Log = {
    debug: add("debug"),
    info: add("info"),
    warn: add("warn"),
    error: (fields, message) => {
      add("error")(fields, message);
      const isPlanted = world.records.planted.has(String(fields.key));
      if (!isPlanted) world.unexpected(name, message, loggable(fields));
    },
    child: () => log,
  };
  return log;
}
