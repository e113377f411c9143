/** @module Fetches a file that a service makes, and resumes interrupted transfers. */

import { systemClock } from "../clock/system.ts";
import type { Generation } from "../generator/generator.ts";
import { AnswerChunks, broken, isBroken } from "./answer-chunks.ts";
import { ExternalError } from "./external-error.ts";
import { type Followed, follow, type Part } from "./follow.ts";
import { changed, contentOf, isBusy, retryAfterMs } from "./service-answer.ts";
import { type Asking, SideProgress } from "./side-progress.ts";
import type { StoredPart } from "./stored-part.ts";

export interface RequestRun extends Asking {
  /** Milliseconds with neither bytes nor progress. */
  idleMs: number;
  maxBytes: number;
  allowEmpty: boolean;
}

type Sink = Pick<
  Generation<unknown, StoredPart>,
  "write" | "progress" | "checkpoint" | "signal" | "sleep" | "resume"
>;

/** Limit of all waits together, for a service that asks for pauses. */
const MOST_WAIT_MS = 10 * 60_000;
/** Time between two attempts, even if a service asks for none. */
const PAUSE_MS = 1_000;
/** Time between two signs of life while waiting. */
const SIGN_MS = 5_000;

/** Resolves when the whole file was written. Otherwise fails with an `ExternalError`. */
export async function runRequest(run: RequestRun, sink: Sink): Promise<void> {
  const connecting = { ...run.connecting, signal: sink.signal };
  const file = { size: 0, total: null, etag: null, ...sink.resume } as ReceivedFile;
  for (let waitedMs = 0; file.size !== file.total || file.size === 0; ) {
    const part = file.etag === null ? null : { from: file.size, etag: file.etag };
    const answer = await follow(run.request, connecting, run.key, part);
    const pauseMs = isBusy(answer.response) ? retryAfterMs(answer.response, systemClock.now()) : null;
    if (pauseMs !== null && waitedMs + pauseMs <= MOST_WAIT_MS) {
      answer.response.destroy();
      waitedMs += Math.max(PAUSE_MS, pauseMs);
      await pause(Math.max(PAUSE_MS, pauseMs), sink);
      continue;
    }
    const { size } = file;
    try {
      await receive(run, answer, part, file, sink);
      return;
    } catch (error) {
      // Each attempt gained bytes, so this terminates.
      const goesOn = isBroken(error) && file.etag !== null && file.size > size;
      if (!goesOn) throw error;
      await sink.sleep(PAUSE_MS);
    }
  }
}

/** What has been written so far, and of which file. */
interface ReceivedFile {
  size: number;
  total: number | null;
  etag: string | null;
}

async function receive(
  run: RequestRun,
  answer: Followed,
  part: Part | null,
  file: ReceivedFile,
  { write, progress, checkpoint, signal }: Sink,
): Promise<void> {
  const { origin } = answer.url;
  const content = await contentOf(answer, part);
  const { total, etag } = content;
  if ((total ?? 0) > run.maxBytes) throw tooLarge(origin, run.maxBytes);
  Object.assign(file, { total, etag });
  const chunks = new AnswerChunks(answer, run.idleMs);
  const side = new SideProgress(run, answer, signal, (line) => {
    chunks.alive();
    progress(line.done, line.total, line.message);
  });
  try {
    let skip = content.skip;
    for await (const chunk of chunks.read()) {
      const bytes = chunk.subarray(skip);
      skip -= chunk.length - bytes.length;
      if (bytes.length === 0) continue;
      if (file.size + bytes.length > run.maxBytes) throw tooLarge(origin, run.maxBytes);
      await write(bytes);
      file.size += bytes.length;
      if (!side.isUsed) progress(file.size, total);
      if (etag !== null) await checkpoint({ etag, size: file.size, total });
    }
    if (skip > 0) throw changed(answer.url);
  } finally {
    answer.response.destroy();
    await side.close();
  }
  if (await isFollowedByMore(answer)) throw tooLong(origin);
  if (total !== null && file.size !== total) throw broken(answer, "sent a part of what was asked for");
  if (file.size === 0 && !run.allowEmpty) {
    throw new ExternalError("output-empty", `${origin} answered with an empty file`);
  }
}

async function pause(ms: number, { write, sleep }: Sink): Promise<void> {
  for (let leftMs = ms; leftMs > 0; leftMs -= SIGN_MS) {
    await sleep(Math.min(leftMs, SIGN_MS));
    await write(""); // a sign of life
  }
}

/** For a service that announced too few bytes: the surplus looks like an answer to no request. */
async function isFollowedByMore({ closed }: Followed): Promise<boolean> {
  const { code } = ((await closed) ?? {}) as { code?: unknown };
  return typeof code === "string" && code.startsWith("HPE_");
}

function tooLong(origin: string): ExternalError {
  return new ExternalError("length-mismatch", `${origin} sent more bytes than its Content-Length announced`);
}

function tooLarge(origin: string, maxBytes: number): ExternalError {
  return new ExternalError(
    "output-too-large",
    `${origin} has a file of more than ${maxBytes} bytes (maxBytes)`,
    {
      retriable: false,
    },
  );
}
