/** @module Contract suites for adapters: they register tests with `node:test`. */

export { clockContract } from "./clock/contract.ts";
export { fileStoreContract } from "./files/contract.ts";
export { membershipContract } from "./membership/contract.ts";
export { repoContract } from "./repo/contract.ts";
