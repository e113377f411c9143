/** @module One run of a generator in this process, with a host that keeps what it makes. */

import { systemClock } from "../../src/clock/system.ts";
import type { Json } from "../../src/download/json.ts";
import type { Job } from "../../src/generator/executor.ts";
import { loadFileHash } from "../../src/generator/file-hash.ts";
import { generate, type Running } from "../../src/generator/generation.ts";
import type { Generator } from "../../src/generator/generator.ts";
import { RecordingHost } from "../../src/generator/recording-host.testing.ts";

await loadFileHash();

export interface Made {
  host: RecordingHost;
  running: Running;
}

export function begin<Params>(
  generator: Generator<Params>,
  params: Json = {},
  host = new RecordingHost(),
  resume: Job["resume"] = null,
): Made {
  const job = { downloadId: "test", kind: generator.kind, params, resume, requestedAt: 0 };
  return { host, running: generate(generator as Generator<unknown>, job, host, systemClock) };
}

/** The whole file. */
export async function fileOf<Params>(generator: Generator<Params>, params: Json = {}): Promise<Buffer> {
  const { host, running } = begin(generator, params);
  await running.done;
  return host.bytes();
}

export interface Failure {
  /** Of the error that the generator threw. */
  code: string;
  message: string;
  retriable: boolean;
  /** Whether its user reads the message. */
  expose: boolean;
  /** All that the log would show of its causes. */
  causes: string;
}

/** How it fails, once nothing of it runs any more. */
export function failureOf<Params>(generator: Generator<Params>, params: Json = {}): Promise<Failure> {
  return failing(begin(generator, params));
}

/** How this run fails, once nothing of it runs any more. */
export async function failing({ running }: Made): Promise<Failure> {
  const failure = await running.done.then(
    () => {
      throw new Error("it made a file");
    },
    (error) => error,
  );
  await running.returned;
  const { message, retriable, expose, cause } = failure;
  const messages = [];
  for (let error = cause?.cause; error !== undefined; error = error.cause) messages.push(error.message);
  return { code: cause?.code, message, retriable, expose, causes: messages.join("\n") };
}
