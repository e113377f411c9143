/** @module Registers `<carryout-cluster>`. */

import { CarryoutCluster } from "./cluster-view.ts";

if (!customElements.get("carryout-cluster")) customElements.define("carryout-cluster", CarryoutCluster);

export { CarryoutCluster };
