import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Mesh } from "../mesh/mesh.ts";
import { silentLog } from "../telemetry/log.ts";
import { pubsubContract } from "./contract.ts";
import { SocketPubSub } from "./sockets.ts";

pubsubContract("sockets", async () => {
  const dir = await mkdtemp(join(tmpdir(), "carryout-pubsub-"));
  const meshes: Mesh[] = [];
  return {
    open: async () => {
      const mesh = new Mesh({ id: `node-${meshes.length}`, log: silentLog });
      await mesh.listen(join(dir, `${mesh.id}.sock`));
      for (const earlier of meshes) {
        // Connected to, but also heard of by the other: it says so with its first message.
        const greeted = new Promise<void>((resolve) => {
          const stop = earlier.subscribe("greeting", (_message, from) => {
            if (from !== mesh.id) return;
            stop();
            resolve();
          });
        });
        await mesh.connect(earlier.id, earlier.address!);
        mesh.send(earlier.id, "greeting", null);
        await greeted;
      }
      meshes.push(mesh);
      return new SocketPubSub(mesh);
    },
    dispose: async () => {
      for (const mesh of meshes) await mesh.close();
      await rm(dir, { recursive: true });
    },
  };
});
