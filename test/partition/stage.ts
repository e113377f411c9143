/** @module One cluster over hosts for the tests of a file, and a scene on it for each. */

import { after, before, describe, it, type TestContext } from "node:test";
import { HostCluster, type Machine } from "../support/host-cluster.ts";
import { hostsImpossible } from "../support/hosts.ts";
import { witnessSlots } from "../support/postgres-witness.ts";
import { Scene } from "./scene.ts";

export interface Stage {
  scene: Scene;
  cluster: HostCluster;
  /** All three machines. */
  machines: [Machine, Machine, Machine];
}

const LONGEST_MS = 180_000;

type Play = (stage: Stage, context: TestContext) => Promise<void>;

const impossible = await hostsImpossible();

/** Tests that are skipped where hosts are not possible, but never in CI. */
export function onHosts(
  name: string,
  plays: Record<string, Play>,
  options: { engine?: "nats" | "postgres" } = {},
): void {
  const skip = process.env.CI === "true" ? false : (impossible ?? false);
  describe(name, { skip }, () => {
    let cluster: HostCluster;
    before(async () => {
      cluster = await HostCluster.start(options);
      if (cluster.postgres) await witnessSlots(cluster.postgres.server);
    });
    after(() => cluster?.dispose());
    for (const [words, play] of Object.entries(plays)) {
      it(words, { timeout: LONGEST_MS }, async (context) => {
        await cluster.whole();
        const scene = await Scene.begin(cluster);
        try {
          await play({ scene, cluster, machines: cluster.machines as Stage["machines"] }, context);
        } finally {
          await cluster.hosts.heal();
          context.diagnostic(`${await scene.handovers()} handovers`);
          await scene.end();
          if (process.env.CARRYOUT_STORY) context.diagnostic(scene.story);
        }
      });
    }
  });
}
