import assert from "node:assert/strict";
import type { Machine } from "../support/host-cluster.ts";
import { onHosts } from "./stage.ts";

onHosts("a machine that dies", {
  async "with node and server hands its downloads to the others"({ scene, cluster, machines }) {
    const download = await scene.ask(machines[0], "orphan");
    const waiting = await scene.ask(machines[1], "neighbour");
    const holder = await scene.running(download, machines[0]);
    const [other, another] = cluster.others(holder) as [Machine, Machine];
    const { epoch, progress } = scene.told(other, download)!;
    // As in a power failure: no packet announces the end.
    await scene.cutOff(holder);
    await holder.die();
    const taken = await scene.until(other, download, (told) => told.epoch > epoch);
    assert.ok(taken.progress.done >= progress.done - 10, `began again at ${taken.progress.done}`);
    for (const each of [download, waiting]) {
      await scene.until(another, each, ({ state }) => state === "ready");
    }
    await scene.heal();
    holder.startServer();
    holder.startNode();
    await cluster.whole();
    await scene.check();
  },
});
