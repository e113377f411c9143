/** @module The contract of every Repo adapter, as a test suite. */

import { describe } from "node:test";
import { archiveContract } from "./archive-contract.ts";
import { historyContract } from "./history-contract.ts";
import type { RepoCluster } from "./repo-cluster.ts";
import { slotsContract } from "./slots-contract.ts";
import { workContract } from "./work-contract.ts";

/** Runs the suite against an adapter. */
export function repoContract(name: string, make: () => Promise<RepoCluster>): void {
  describe(`Repo: ${name}`, () => {
    slotsContract(make);
    workContract(make);
    historyContract(make);
    archiveContract(make);
  });
}
