/** @module One run of a generator, identical in every kind of process. */

import type { Json } from "../download/json.ts";
import { CarryoutError, messageOf } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import { readProperty } from "../text/thrown.ts";
import { type Host, type Job, type Outcome, StartOverError } from "./executor.ts";
import { describeFile } from "./file-description.ts";
import type { Generation, Generator } from "./generator.ts";
import { oneLine } from "./one-line.ts";
import { Output } from "./output.ts";
import { resumedState } from "./resumed-state.ts";

/** A generator's error message is cut to this length, in characters. */
const LONGEST_MESSAGE = 500;

export interface Running {
  /** Rejects with the host's error, "aborted", or "generation-failed". */
  readonly done: Promise<Outcome>;
  /** Resolves when the generator has returned or thrown; later than `done` if the host failed or it was abandoned. */
  readonly returned: Promise<void>;
  hurry(): void;
  /** Aborts the generator's signal; `done` settles when the generator has ended. */
  abort(): void;
  /** Settles `done` with this error, or "aborted", without waiting for the generator, whose writes are ignored. */
  abandon(error?: CarryoutError): void;
}

export function aborted(): CarryoutError {
  return new CarryoutError("aborted", "generation was aborted", { retriable: true });
}

/**
 * Wraps whatever a generator threw: the message in one line and bounded, the rest in `cause`. Takes `expose: true`
 * and `retriable: false` into account, see `UserError`; and `startOver: true`.
 */
export function generationFailed(error: unknown): CarryoutError {
  const message = oneLine(messageOf(error), LONGEST_MESSAGE) || "the generator failed";
  const retriable = readProperty(error, "retriable") !== false;
  const expose = readProperty(error, "expose") === true;
  const Failed = readProperty(error, "startOver") === true ? StartOverError : CarryoutError;
  return new Failed("generation-failed", message, { retriable, expose, cause: error });
}

/** The same for all: an error of its own, with its stack, for each generation would cost more than ending it. */
const HAS_ENDED = new CarryoutError("aborted", "generation has ended");

/** Begins at once. Needs `loadFileHash()`. Once `done` has settled, this run no longer calls the host. */
export function generate(generator: Generator<unknown>, job: Job, host: Host, clock: Clock): Running {
  const controller = new AbortController();
  const cut = Promise.withResolvers<never>();
  const end = (error: unknown) => {
    output.fail(error);
    controller.abort(error);
  };
  const output = new Output({
    resume: job.resume,
    host,
    clock,
    checkpointMs: generator.checkpointMs,
    onFailure: (error) => {
      controller.abort(error);
      cut.reject(error);
    },
  });
  const returned = (async () => {
    const { kind, state: schema } = generator;
    const saved = job.resume?.state;
    const resume = schema && saved !== undefined ? await resumedState(kind, schema, saved) : saved;
    return generator.run(generationOf(job, resume, output, controller.signal, clock));
  })();

  async function run(): Promise<Outcome> {
    try {
      await Promise.race([returned, cut.promise]);
      const written = await Promise.race([output.finish(), cut.promise]);
      const file = await Promise.race([describeFile(generator, job), cut.promise]);
      return { ...written, file };
    } catch (error) {
      const failure = output.failure?.error ?? error;
      // Host errors already have a code; everything else comes from the generator.
      throw output.failure === null || failure instanceof TypeError ? generationFailed(failure) : failure;
    } finally {
      // Code that the generator left running can no longer write, and is asked to stop.
      end(HAS_ENDED);
    }
  }

  const done = run();
  // The caller may only await it after it has rejected.
  done.catch(() => {});
  return {
    done,
    returned: returned.catch(() => {}),
    hurry: () => output.hurry(),
    abort: () => end(aborted()),
    abandon: (error = aborted()) => {
      end(error);
      cut.reject(error);
    },
  };
}

/** Its functions don't depend on `this`: generators destructure them. */
function generationOf(
  job: Job,
  resume: unknown,
  output: Output,
  signal: AbortSignal,
  clock: Clock,
): Generation<unknown> {
  return {
    params: job.params,
    resume: resume as Json | undefined,
    requestedAt: new Date(job.requestedAt),
    write: (chunk) => output.write(chunk),
    progress: (done, total, message) => output.progress(done, total, message),
    checkpoint: (state) => output.checkpoint(state),
    signal,
    sleep: async (ms) => {
      await clock.sleep(Number(ms), signal);
      signal.throwIfAborted();
    },
  };
}
