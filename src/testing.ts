/** @module Contract suites for adapters: they register tests with `node:test`. */

export { clockContract } from "./ports/contracts/clock-contract.ts";
export { fileStoreContract } from "./ports/contracts/file-store-contract.ts";
export { membershipContract } from "./ports/contracts/membership-contract.ts";
export { repoContract } from "./ports/contracts/repo-contract.ts";
