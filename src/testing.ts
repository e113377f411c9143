/** @module For tests: does a generator resume, and contract suites for adapters, which register tests with `node:test`. */

export { type CheckResumeOptions, checkResume, type ResumeReport } from "./generator/check-resume.ts";
export { type OfferedCheckpoint, ResumeError, type ResumeProblem } from "./generator/resume-error.ts";
export { clockContract } from "./ports/contracts/clock-contract.ts";
export { fileStoreContract } from "./ports/contracts/file-store-contract.ts";
export { membershipContract } from "./ports/contracts/membership-contract.ts";
export { repoContract } from "./ports/contracts/repo-contract.ts";
