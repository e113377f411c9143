/** @module The error that the client's calls reject with. */

import type { Problem } from "./problem.ts";
import type { PublicDownload } from "./public-download.ts";

/** Why the server did not do what was asked: its problem (RFC 9457), or why it could not be asked. */
export class CarryoutClientError extends Error {
  /** Stable: "invalid-parameters", "download-in-progress", "unreachable", "signed-out", … */
  readonly code: string;
  /** The problem's type URI; null if the server did not answer with a problem. */
  readonly type: string | null;
  /** Of the response; null if there was none. */
  readonly status: number | null;
  /** True if the same call may succeed later. */
  readonly retriable: boolean;
  /** What is wrong with which parameter. */
  readonly errors: readonly { path: string; message: string }[];
  /** With "download-in-progress": the running one. */
  readonly download: PublicDownload | null;

  constructor(problem: Problem, download: PublicDownload | null = null) {
    super(problem.message);
    this.name = "CarryoutClientError";
    this.code = problem.code;
    this.type = problem.type ?? null;
    this.status = problem.status ?? null;
    this.retriable = problem.retriable;
    this.errors = problem.errors ?? [];
    this.download = download;
  }
}
