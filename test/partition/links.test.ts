import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import type { Machine } from "../support/host-cluster.ts";
import type { Path } from "../support/switch.ts";
import type { PublicDownload } from "../support/visitor.ts";
import type { Scene } from "./scene.ts";
import { onHosts } from "./stage.ts";

const FLAPS = 10;
/** Short enough for a transient glitch, and long enough for some failure detectors to report a death. */
const FLAP_MS = [300, 1_500] as const;
const SLOW: Path = { delayMs: 200, jitterMs: 50, lossPercent: 2 };
const NARROW: Path = { rateMbit: 10 };

/** Starts a download on every machine. */
async function runEverywhere(
  scene: Scene,
  machines: readonly Machine[],
  asked: { lines: number; kind?: string },
): Promise<void> {
  for (const machine of machines) {
    const download = await scene.ask(machine, `on-${machine.name}`, asked);
    await scene.running(download, machine);
  }
}

const isFinished = ({ state }: PublicDownload) => state === "ready" || state === "error";

async function allReady(scene: Scene, machines: readonly Machine[]): Promise<void> {
  for (const { download } of scene.accepted.values()) {
    for (const machine of machines) {
      const { state, error } = await scene.until(machine, download, isFinished);
      assert.equal(state, "ready", `${download.slot}: ${error?.code}`);
    }
  }
}

/** The third machine, which hears the two others, sees all downloads finish while those don't hear each other. */
async function oneWay(
  scene: Scene,
  machines: [Machine, Machine, Machine],
  strike: (machines: [Machine, Machine, Machine]) => Promise<void>,
): Promise<void> {
  await runEverywhere(scene, machines, { lines: 250 });
  await strike(machines);
  scene.note("-- one direction is lost");
  await allReady(scene, [machines[2]]);
}

const anywhere = (from: number, to: number) => from + Math.random() * (to - from);

onHosts("links between hosts", {
  async "that drop packets in one direction lose no download"({ scene, cluster, machines }) {
    await oneWay(scene, machines, ([one, two]) => cluster.hosts.dropFrom(one.host, two.host));
    await scene.heal();
    await scene.check();
  },

  async "that drop packets in the other direction lose no download either"({ scene, cluster, machines }) {
    await oneWay(scene, machines, ([one, two]) => cluster.hosts.dropFrom(two.host, one.host));
    await scene.heal();
    await scene.check();
  },

  async "that flap lose and duplicate nothing"({ scene, machines }) {
    const [one] = machines;
    await runEverywhere(scene, machines, { lines: 400 });
    for (let flap = 0; flap < FLAPS; flap++) {
      await scene.cutOff(one);
      await wait(anywhere(...FLAP_MS));
      await scene.heal();
      await wait(anywhere(...FLAP_MS));
    }
    await scene.check();
  },

  async "that are slow and lossy only slow downloads down"({ scene, cluster, machines }) {
    const [one] = machines;
    await cluster.hosts.slow(one.host, SLOW);
    await runEverywhere(scene, machines, { lines: 60 });
    await allReady(scene, machines);
    await scene.check();
    assert.equal(await scene.handovers(), 0, "nobody is taken for dead");
  },

  async "that have little bandwidth only slow downloads down"({ scene, cluster, machines }) {
    const [one] = machines;
    await cluster.hosts.slow(one.host, NARROW);
    await runEverywhere(scene, machines, { lines: 150 });
    await allReady(scene, machines);
    await scene.check();
    assert.equal(await scene.handovers(), 0, "nobody is taken for dead");
  },
});
