/** @module A visitor of a cluster over hosts: requests files, watches every node, and checks the result at the end. */

import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { type AcceptedRecord, handoversOf, violationsOf } from "../support/accepted-records.ts";
import { linesText } from "../support/cluster-generators.ts";
import type { HostCluster, Machine } from "../support/host-cluster.ts";
import { Onlooker } from "../support/onlooker.ts";
import { acceptedBy } from "../support/postgres-witness.ts";
import { eventually } from "../support/real-cluster.ts";
import { type PublicDownload, Visitor } from "../support/visitor.ts";
import { RecordWitness } from "./record-witness.ts";

/** A few seconds of work, so that it is running when a fault strikes. */
const LINES = { lines: 250, pace: 20 };
const KIND = "saved-lines";
/** An election in NATS takes up to 9 s, and there may be two in a row. */
const CAUGHT_UP_WITHIN_MS = 60_000;

/** Sees what the servers accept. */
interface Witness {
  accepted(): Promise<AcceptedRecord[]>;
  close(): Promise<void>;
}

export class Scene {
  readonly cluster: HostCluster;
  readonly visitor = new Visitor();
  readonly onlookers = new Map<Machine, Onlooker>();
  /** Accepted downloads by slot. */
  readonly accepted = new Map<string, { download: PublicDownload; lines: number }>();
  readonly #refused = new Set<string>();
  readonly #witness: Witness;
  readonly #began = performance.now();
  readonly #story: string[] = [];

  private constructor(cluster: HostCluster, witness: Witness) {
    this.cluster = cluster;
    this.#witness = witness;
  }

  static async begin(cluster: HostCluster): Promise<Scene> {
    const scene = new Scene(cluster, await witnessOf(cluster));
    await scene.visitor.list(cluster.machines[0]!.base); // the cookie
    for (const machine of cluster.machines) {
      scene.onlookers.set(machine, new Onlooker(machine.name, scene.visitor, machine.base, scene.note));
    }
    await scene.all("onlookers see", ({ isOpen }) => isOpen);
    return scene;
  }

  /** Stops watching. */
  async end(): Promise<void> {
    await Promise.all([...this.onlookers.values()].map((onlooker) => onlooker.close()));
    await this.#witness.close();
  }

  onlooker(machine: Machine): Onlooker {
    return this.onlookers.get(machine)!;
  }

  /** Requests like a page: retries after a 503 or no answer. A repeated request joins the existing download. */
  async ask(
    machine: Machine,
    slot: string,
    asked: Partial<typeof LINES> & { kind?: string } = {},
  ): Promise<PublicDownload> {
    const { kind = KIND, ...params } = asked;
    const wanted = { ...LINES, ...params, seed: slot };
    const started = await eventually(
      `${machine.name} takes the request ${slot}`,
      async () => {
        const response = await this.visitor.start(machine.base, kind, wanted, slot);
        if (response.status === 503) {
          assert.ok(Number(response.headers.get("retry-after")) > 0, "503 says when to come again");
          await wait(200);
        }
        if (response.status !== 202 && response.status !== 200) throw new Error(await response.text());
        return (await response.json()) as PublicDownload;
      },
      CAUGHT_UP_WITHIN_MS,
    );
    this.accepted.set(slot, { download: started, lines: wanted.lines });
    return started;
  }

  /** What the node of this machine reported last. */
  told(machine: Machine, { id }: { id: string }): PublicDownload | undefined {
    return this.onlooker(machine).downloads.get(id);
  }

  /** The first accepted state that this machine's node reports. */
  until(
    machine: Machine,
    { id }: { id: string },
    accept: (download: PublicDownload) => boolean,
  ): Promise<PublicDownload> {
    return this.#eventually(`${machine.name} tells the awaited state of ${id}`, async () => {
      const told = this.told(machine, { id });
      return told !== undefined && accept(told) && told;
    });
  }

  /** Resolves with the machine that generates it, once some of it is written. */
  async running(download: PublicDownload, seenBy: Machine): Promise<Machine> {
    const { node } = await this.until(
      seenBy,
      download,
      ({ node, progress }) => node !== null && progress.done >= 30,
    );
    return this.cluster.machine(node);
  }

  async all(what: string, accept: (onlooker: Onlooker) => boolean): Promise<void> {
    await this.#eventually(what, async () => [...this.onlookers.values()].every(accept));
  }

  /** Isolates this machine from all others. */
  async cutOff(machine: Machine): Promise<void> {
    await this.cluster.hosts.cutOff(machine.host);
    this.note(`-- ${machine.name} is cut off`);
  }

  async heal(): Promise<void> {
    await this.cluster.hosts.heal();
    this.note("-- all links are whole");
  }

  /** The answer to a request that should be refused. It may still be carried out once the links are healed. */
  async refusal(machine: Machine, slot: string): Promise<Response> {
    this.#refused.add(slot);
    const response = await this.visitor.start(machine.base, KIND, { ...LINES, seed: slot }, slot);
    this.note(`${machine.name} answers POST with ${response.status}`);
    return response;
  }

  /** A node that is cut off has to report it: to load balancers, to requests and to open streams. */
  async saysThatItCannotServe(machine: Machine): Promise<void> {
    await this.#eventually(`${machine.name} is not ready`, async () => !(await machine.isReady()));
    this.note(`${machine.name} is not ready`);
    const onlooker = this.onlooker(machine);
    await this.#eventually(`the stream of ${machine.name} has ended`, async () => !onlooker.isOpen);
    assert.doesNotMatch(onlooker.blindBy, /silent/, "the node itself ends the stream");
    const response = await this.refusal(machine, `on-${machine.name}-cut-off`);
    assert.equal(response.status, 503, await response.text());
    assert.ok(Number(response.headers.get("retry-after")) > 0);
  }

  /** The machine whose nats-server leads the stream with this download's record. */
  async leader(download: PublicDownload): Promise<Machine> {
    assert.ok(this.#witness instanceof RecordWitness);
    const server = await this.#witness.leaderOf(download.id);
    return this.cluster.machine(server.replace("nats-", "n"));
  }

  /** How often downloads accepted here were taken over. */
  async handovers(): Promise<number> {
    const counted = handoversOf(await this.#witness.accepted());
    const each = [...this.accepted.values()].map(({ download }) => counted.get(download.id) ?? 0);
    return each.reduce((sum, count) => sum + count, 0);
  }

  /** All accepted downloads are ready and intact on every node, and no impossible state was seen. */
  async check(): Promise<void> {
    await this.#allReady();
    await this.#adoptRefused();
    await this.#allReady();
    for (const machine of this.cluster.machines) await this.#checkFiles(machine);
    const seen = [...this.onlookers.values()].flatMap(({ violations }) => violations);
    const accepted = await this.#witness.accepted();
    assert.deepEqual([...seen, ...violationsOf(accepted)], []);
    assert.ok(accepted.length > 0, "the witness saw nothing");
    for (const machine of this.cluster.machines) {
      await this.#eventually(`${machine.name} says that nothing runs`, async () =>
        (await machine.nodes()).every(({ running }) => running === 0),
      );
    }
  }

  #allReady(): Promise<void> {
    const ids = [...this.accepted.values()].map(({ download }) => download.id);
    const isReady = ({ isOpen, downloads }: Onlooker) =>
      isOpen && ids.every((id) => downloads.get(id)?.state === "ready");
    return this.all("all are ready at every node", isReady);
  }

  async #adoptRefused(): Promise<void> {
    const { base } = this.cluster.machines[0]!;
    const listed = await this.#list(base);
    for (const download of listed) {
      const { slot } = download;
      if (this.#refused.has(slot)) this.accepted.set(slot, { download, lines: LINES.lines });
    }
  }

  /** The list, or nothing after a 503. */
  #list(base: string): Promise<PublicDownload[]> {
    return this.#eventually("a list", async () => (await this.visitor.list(base)) ?? null);
  }

  async #checkFiles({ name, base }: Machine): Promise<void> {
    const listed = await this.#list(base);
    const slots = listed.map(({ slot, id, state }) => `${slot} ${id} ${state}`);
    const expected = [...this.accepted].map(([slot, { download }]) => `${slot} ${download.id} ready`);
    assert.deepEqual(slots.sort(), expected.sort(), `what ${name} lists`);
    for (const download of listed) {
      const { lines } = this.accepted.get(download.slot)!;
      const file = await this.visitor.fetchFile(base, download);
      assert.equal(file.text, linesText(download.slot, lines), `the bytes of ${download.slot} from ${name}`);
      assert.equal(file.sha256, download.file?.sha256);
    }
  }

  /** Adds a line to the story, with the seconds since the beginning. */
  readonly note = (words: string): void => {
    const seconds = ((performance.now() - this.#began) / 1_000).toFixed(1);
    this.#story.push(`${seconds.padStart(6)}  ${words}`);
  };

  /** What happened, and what all onlookers saw. */
  get story(): string {
    return this.#story.join("\n");
  }

  async #eventually<T>(what: string, look: () => Promise<T | null | false>): Promise<T> {
    try {
      return await eventually(what, look, CAUGHT_UP_WITHIN_MS);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${this.story}`, { cause: (error as Error).cause });
    }
  }
}

async function witnessOf(cluster: HostCluster): Promise<Witness> {
  const { postgres, machines } = cluster;
  if (postgres !== null) return { accepted: () => acceptedBy(postgres.server), close: async () => {} };
  return await RecordWitness.open(await Promise.all(machines.map((machine) => cluster.natsOf(machine))));
}
