/** @module A browser: watches its user's downloads through one node at a time, and keeps the states it received. */

import { messageOf } from "../../src/errors.ts";
import type { DownloadStatus, WatchEvent } from "../../src/tracker/status.ts";
import type { Chance } from "./chance.ts";
import { short } from "./history.ts";
import type { SimNode } from "./node.ts";
import type { World } from "./world.ts";

export class Client {
  readonly name: string;
  readonly user: string;
  readonly #world: World;
  readonly #chance: Chance;
  /** The downloads that the page shows. */
  readonly shown = new Map<string, DownloadStatus>();
  /** The most advanced state it ever saw of each download, on any node. */
  readonly furthest = new Map<string, DownloadStatus>();
  /** Downloads that this connection reported as removed. */
  readonly #gone = new Set<string>();
  #connection: { node: SimNode; stop: AbortController; hasSnapshot: boolean } | null = null;

  constructor(world: World, name: string, user: string, chance: Chance) {
    this.#world = world;
    this.name = name;
    this.user = user;
    this.#chance = chance;
  }

  /** The node it is connected to; never a dead one, as the browser would notice. */
  get node(): SimNode | null {
    if (this.#connection?.node.machine.gate.isDead) this.disconnect();
    return this.#connection?.node ?? null;
  }

  get hasSnapshot(): boolean {
    return this.node !== null && this.#connection!.hasSnapshot;
  }

  connect(node: SimNode): void {
    this.disconnect();
    const connection = { node, stop: new AbortController(), hasSnapshot: false };
    this.#connection = connection;
    this.#gone.clear();
    this.#world.history.add(this.name, `watches at ${node.name}`);
    node.request(async (carryout) => {
      try {
        for await (const event of carryout.watch(this.user, connection.stop.signal)) {
          if (this.#connection !== connection) return;
          if (event.type === "snapshot") connection.hasSnapshot = true;
          this.#receive(event);
          if (this.#chance.is(0.2)) await node.machine.clock.sleep(this.#chance.whole(0, 300));
        }
      } catch (error) {
        this.#world.history.add(this.name, `watch at ${node.name} failed: ${messageOf(error)}`);
      }
      if (this.#connection === connection) this.#connection = null;
    });
  }

  disconnect(): void {
    const connection = this.#connection;
    if (!connection) return;
    this.#connection = null;
    connection.node.machine.gate.enter(() => connection.stop.abort());
  }

  #receive(event: WatchEvent): void {
    if (event.type === "snapshot") {
      this.shown.clear();
      const ids = event.downloads.map(({ download }) => short(download.id)).join(" ");
      this.#world.history.add(this.name, `snapshot [${ids}]`);
      for (const status of event.downloads) this.#see(status, this.shown.has(status.download.id));
    } else if (event.type === "download") {
      this.#see(event.status);
    } else {
      this.#world.history.add(this.name, `told that ${short(event.id)} is removed`);
      this.shown.delete(event.id);
      this.#gone.add(event.id);
    }
  }

  #see(status: DownloadStatus, isRepeated = false): void {
    const { id, state, progress, epoch } = status.download;
    this.#world.history.add(
      this.name,
      `sees ${short(id)} ${state} e${epoch} done ${progress.done} position ${status.position}`,
    );
    const before = this.furthest.get(id);
    this.shown.set(id, status);
    this.furthest.set(id, status);
    const wasGone = this.#gone.has(id);
    this.#world.happened({ type: "status seen", client: this, status, before, wasGone, isRepeated });
  }
}
