import assert from "node:assert/strict";
import type { Machine } from "../support/host-cluster.ts";
import type { PublicDownload } from "../support/visitor.ts";
import { onHosts, type Stage } from "./stage.ts";

const isReady = ({ state }: PublicDownload) => state === "ready";

/** Cuts the holder of one download off, while another node makes one too, and returns when both are made. */
async function strikeHolder(
  { scene, cluster, machines }: Stage,
  strike: (holder: Machine) => Promise<void>,
): Promise<void> {
  const held = await scene.ask(machines[0], "held");
  const holder = await scene.running(held, machines[0]);
  const [other, another] = cluster.others(holder) as [Machine, Machine];
  const { epoch } = scene.told(other, held)!;
  await strike(holder);
  scene.note(`-- ${holder.name} is cut off`);
  await scene.saysThatItCannotServe(holder);
  const taken = await scene.until(other, held, (told) => told.epoch > epoch);
  assert.notEqual(cluster.machine(taken.node), holder);
  await scene.ask(another, "meanwhile", { lines: 50 });
  await scene.until(another, held, isReady);
  assert.equal(await holder.isReady(), false);
  await scene.heal();
  await scene.check();
  await cluster.whole();
}

onHosts(
  "a node without PostgreSQL",
  {
    "that still reaches the other nodes loses its download to them": (stage) =>
      strikeHolder(stage, ({ host }) => stage.cluster.hosts.cut(host, stage.cluster.postgres!.host)),

    "and without the other nodes loses its download to them": (stage) =>
      strikeHolder(stage, ({ host }) => stage.cluster.hosts.cutOff(host)),

    async "because packets are lost in one direction, whichever it is, harms no download"({
      scene,
      cluster,
      machines,
    }) {
      const [unheard, deaf, whole] = machines;
      for (const machine of machines) {
        await scene.running(await scene.ask(machine, `on-${machine.name}`), machine);
      }
      const { host } = cluster.postgres!;
      await cluster.hosts.dropFrom(unheard.host, host);
      await cluster.hosts.dropFrom(host, deaf.host);
      scene.note(`-- ${unheard.name} is not heard, ${deaf.name} hears nothing`);
      for (const machine of [unheard, deaf]) await scene.saysThatItCannotServe(machine);
      for (const { download } of scene.accepted.values()) await scene.until(whole, download, isReady);
      await scene.heal();
      await scene.check();
      await cluster.whole();
    },
  },
  { engine: "postgres" },
);
