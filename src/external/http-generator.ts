/** @module Generators for files that a service makes and sends. */

import {
  defineGenerator,
  type Generator,
  type GeneratorOptions,
  type InputOf,
  type ParamsOf,
  type StandardSchema,
} from "../generator/generator.ts";
import { valueName } from "../text/value-name.ts";
import { checkedRequest, type HttpRequest } from "./http-request.ts";
import type { AllowPrivate } from "./resolve-host.ts";
import { runRequest } from "./run-request.ts";
import type { SigningKey } from "./signature.ts";
import { STORED_PART, type StoredPart } from "./stored-part.ts";

/** The options of `defineGenerator`, except for `run` and `state`, and these. `isolation` is "inline" by default. */
export interface HttpOptions<Schema, Kind extends string = string>
  extends Omit<GeneratorOptions<Schema, Kind>, "run" | "state"> {
  /** The request for the file. Called for each attempt. */
  request(params: ParamsOf<Schema>): HttpRequest | Promise<HttpRequest>;
  /**
   * Signs each request to the origin of `request` (RFC 9421, HMAC-SHA-256). The secret must have at least 32
   * characters.
   */
  sign?: SigningKey;
  /**
   * Hosts, such as "reports.internal" or "10.0.0.7:8080", that may have private and local addresses; true allows all.
   * Default: none, which applies to redirects too.
   */
  allowPrivate?: AllowPrivate;
  /** Certificates (PEM) of the authorities to trust instead of the default ones. */
  ca?: string;
  /** Milliseconds for name resolution, connection and TLS. Default: 10,000. */
  connectMs?: number;
  /** Milliseconds from there until the service begins to answer. Default: 60,000. */
  headersMs?: number;
  /** Milliseconds without bytes or progress while the answer is received. Default: 60,000. */
  idleMs?: number;
  /** The largest file, in bytes. Default: 10 GiB. */
  maxBytes?: number;
  /** Whether an empty file is valid. Default: false, it is an error. */
  allowEmpty?: boolean;
}

const MOST_BYTES = 10 * 1024 ** 3;
const LEAST_SECRET = 32;
/** Added to the service's deadlines, so that these pass first: their errors say more. */
const MARGIN_MS = 5_000;

/**
 * Declares a generator whose file is the body of a service's answer. An interrupted transfer resumes if the service
 * identifies its file by a strong ETag, and transfers only the rest if the service supports ranges; other files start
 * again. Throws a `TypeError` for an invalid declaration.
 */
export function httpGenerator<
  const Kind extends string,
  Schema extends StandardSchema | undefined = undefined,
>(options: HttpOptions<Schema, Kind>): Generator<ParamsOf<Schema>, Kind, InputOf<Schema>> {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`httpGenerator() takes { kind, file, request, … }, not ${valueName(options)}`);
  }
  const {
    request,
    sign,
    allowPrivate = false,
    ca,
    connectMs = 10_000,
    headersMs = 60_000,
    idleMs = 60_000,
    maxBytes = MOST_BYTES,
    allowEmpty = false,
    ...generator
  } = options;
  const { kind } = options;
  const wrong = (what: string) => new TypeError(`generator ${String(kind)}: ${what}`);
  for (const name of ["run", "state"]) {
    if (Object.hasOwn(options, name)) throw wrong(`a request has no option ${JSON.stringify(name)}`);
  }
  if (typeof request !== "function") throw wrong(`request must be a function, not ${valueName(request)}`);
  for (const [name, value] of Object.entries({ connectMs, headersMs, idleMs, maxBytes })) {
    if (typeof value !== "number" || !(value >= 1)) {
      throw wrong(`${name} must be a number of at least 1, not ${valueName(value)}`);
    }
  }
  if (sign !== undefined) checkKey(sign, wrong);
  if (typeof allowPrivate !== "boolean" && !Array.isArray(allowPrivate)) {
    throw wrong(`allowPrivate must be true, false or a list of hosts, not ${valueName(allowPrivate)}`);
  }
  return defineGenerator<Kind, Schema, StoredPart>({
    isolation: "inline",
    stallMs: Math.max(60_000, connectMs + headersMs, idleMs) + MARGIN_MS,
    ...generator,
    state: STORED_PART,
    async run({ params, ...sink }) {
      await runRequest(
        {
          kind,
          request: checkedRequest(await request(params)),
          key: sign,
          connecting: { allowPrivate, ca, connectMs, headersMs },
          idleMs,
          maxBytes,
          allowEmpty,
        },
        sink,
      );
    },
  });
}

function checkKey({ secret, keyId }: SigningKey, wrong: (what: string) => TypeError): void {
  if (typeof secret !== "string" || secret.length < LEAST_SECRET) {
    const shown = typeof secret === "string" ? `one of ${secret.length}` : valueName(secret);
    throw wrong(`sign.secret must be a text of at least ${LEAST_SECRET} characters, not ${shown}`);
  }
  if (keyId !== undefined && (typeof keyId !== "string" || !/^[\w.:/-]{1,200}$/.test(keyId))) {
    throw wrong('sign.keyId must be 1 to 200 letters, digits, "_", ".", ":", "/" or "-"');
  }
}
