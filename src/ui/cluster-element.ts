/** @module Registers `<carryout-cluster>` and its parts. */

import { CarryoutClusterConfirm } from "./cluster-confirm.ts";
import { CarryoutClusterDownloads } from "./cluster-downloads.ts";
import { CarryoutClusterGrid } from "./cluster-grid.ts";
import { CarryoutClusterLog } from "./cluster-log.ts";
import { CarryoutClusterNodes } from "./cluster-nodes.ts";
import { CarryoutClusterPlots } from "./cluster-plots.ts";
import { CarryoutClusterStory } from "./cluster-story.ts";
import { CarryoutCluster } from "./cluster-view.ts";

const ELEMENTS: Record<string, CustomElementConstructor> = {
  "carryout-cluster-confirm": CarryoutClusterConfirm,
  "carryout-cluster-grid": CarryoutClusterGrid,
  "carryout-cluster-nodes": CarryoutClusterNodes,
  "carryout-cluster-plots": CarryoutClusterPlots,
  "carryout-cluster-downloads": CarryoutClusterDownloads,
  "carryout-cluster-log": CarryoutClusterLog,
  "carryout-cluster-story": CarryoutClusterStory,
  "carryout-cluster": CarryoutCluster,
};

for (const [name, element] of Object.entries(ELEMENTS))
  if (!customElements.get(name)) customElements.define(name, element);

export { CarryoutCluster };
