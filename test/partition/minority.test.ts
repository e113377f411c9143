import assert from "node:assert/strict";
import type { Machine } from "../support/host-cluster.ts";
import { onHosts } from "./stage.ts";

onHosts("a minority that is cut off", {
  async "loses its download to the others, which finish it"({ scene, cluster, machines }) {
    const download = await scene.ask(machines[0], "held");
    const holder = await scene.running(download, machines[0]);
    const [other, another] = cluster.others(holder) as [Machine, Machine];
    const { epoch } = scene.told(other, download)!;
    await scene.cutOff(holder);
    await scene.saysThatItCannotServe(holder);
    const taken = await scene.until(other, download, (told) => told.epoch > epoch);
    assert.notEqual(cluster.machine(taken.node), holder);
    await scene.until(another, download, ({ state }) => state === "ready");
    assert.equal(await holder.isReady(), false);
    await scene.heal();
    await scene.check();
    await cluster.whole();
  },

  async "that only shows a download does not harm it"({ scene, cluster, machines }) {
    const download = await scene.ask(machines[1], "shown", { lines: 500 });
    const holder = await scene.running(download, machines[1]);
    const [shower, other] = cluster.others(holder) as [Machine, Machine];
    const { epoch } = scene.told(holder, download)!;
    await scene.cutOff(shower);
    await scene.saysThatItCannotServe(shower);
    const ready = await scene.until(other, download, ({ state }) => state === "ready");
    assert.equal(ready.epoch, epoch, "it was taken from nobody");
    await scene.heal();
    await scene.until(shower, download, ({ state }) => state === "ready");
    await scene.check();
  },

  async "with the records' leader does not block requests for long"({ scene, cluster, machines }) {
    const first = await scene.ask(machines[0], "before");
    await scene.running(first, machines[0]);
    const leader = await scene.leader(first);
    const majority = cluster.others(leader);
    await scene.cutOff(leader);
    for (const [index, machine] of majority.entries()) {
      await scene.ask(machine, `meanwhile-${index}`, { lines: 100 });
    }
    const asked = [...scene.accepted.values()].map(({ download }) => download);
    for (const download of asked) {
      await scene.until(majority[0]!, download, ({ state }) => state === "ready");
    }
    await scene.heal();
    await scene.check();
  },
});
