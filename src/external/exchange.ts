/** @module One request and the head of its answer, from a checked address, within deadlines. */

import type { LookupAddress } from "node:dns";
import http, { type ClientRequest, type IncomingMessage } from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";
import { systemClock } from "../clock/system.ts";
import { isAbort } from "../errors.ts";
import { ExternalError } from "./external-error.ts";
import type { Hop } from "./http-request.ts";
import { type AllowPrivate, resolveHost } from "./resolve-host.ts";

export interface Connecting {
  allowPrivate: AllowPrivate;
  /** Certificates of the authorities to trust instead of the default ones. */
  ca: string | undefined;
  /** Milliseconds for name resolution, connection and TLS. */
  connectMs: number;
  /** Milliseconds from there to the head of the answer. */
  headersMs: number;
  signal: AbortSignal;
}

export interface Answer {
  response: IncomingMessage;
  /** Resolves when the connection is closed, with its error if there was one. */
  closed: Promise<Error | null>;
}

/** Fails with an `ExternalError`, or with the signal's abort reason. Messages contain only the origin of the URL. */
export async function exchange(hop: Hop, connecting: Connecting): Promise<Answer> {
  const { url } = hop;
  const { allowPrivate, connectMs, headersMs, signal } = connecting;
  const deadline = new Deadline(signal);
  let request: ClientRequest | undefined;
  try {
    deadline.set(connectMs, () => timeout(url, "did not accept a connection", connectMs));
    const sent = send(hop, await deadline.before(resolveHost(url, allowPrivate)), connecting);
    request = sent;
    sent.once("socket", (socket) => {
      socket.once(url.protocol === "https:" ? "secureConnect" : "connect", () =>
        deadline.set(headersMs, () => timeout(url, "did not answer", headersMs)),
      );
    });
    const closed = closing(sent);
    const response = new Promise<IncomingMessage>((resolve, reject) => {
      sent.once("response", resolve);
      void closed.then((error) => reject(error ?? new Error("the connection was closed")));
    });
    return { response: await deadline.before(response), closed };
  } catch (error) {
    request?.destroy();
    throw signal.aborted || isAbort(error) || error instanceof ExternalError
      ? error
      : unreachable(url, error);
  } finally {
    deadline.clear();
  }
}

function send({ url, method, headers, body }: Hop, addresses: LookupAddress[], { ca, signal }: Connecting) {
  const { request } = url.protocol === "https:" ? https : http;
  const sent = request(url, {
    method,
    headers: { ...headers, ...(method !== "GET" && { "content-length": String(body.length) }) },
    // A new connection: a reused one would lead to an address that another check allowed.
    agent: false,
    lookup: pinned(addresses),
    ...(ca !== undefined && { ca }),
    signal,
  });
  sent.end(body);
  return sent;
}

/** Returns the checked addresses: the resolver might answer differently by now. */
function pinned(addresses: LookupAddress[]): LookupFunction {
  return (_host, options, callback) => {
    if (options.all) callback(null, addresses);
    else callback(null, addresses[0]!.address, addresses[0]!.family);
  };
}

function closing(request: ClientRequest): Promise<Error | null> {
  return new Promise((resolve) => {
    request.on("error", resolve);
    request.once("close", () => resolve(null));
  });
}

class Deadline {
  readonly #passed = Promise.withResolvers<never>();
  readonly #signal: AbortSignal;
  readonly #abort: () => void;
  #cancel = () => {};

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    this.#abort = () => this.#passed.reject(signal.reason);
    signal.addEventListener("abort", this.#abort);
    this.#passed.promise.catch(() => {});
  }

  /** Replaces the timer set before. */
  set(ms: number, error: () => Error): void {
    this.#cancel();
    this.#cancel = systemClock.after(ms, () => this.#passed.reject(error()));
  }

  async before<Value>(promise: Promise<Value>): Promise<Value> {
    this.#signal.throwIfAborted();
    promise.catch(() => {});
    return Promise.race([promise, this.#passed.promise]);
  }

  clear(): void {
    this.#cancel();
    this.#signal.removeEventListener("abort", this.#abort);
  }
}

function timeout({ origin }: URL, what: string, ms: number): ExternalError {
  return new ExternalError("service-timeout", `${origin} ${what} within ${ms} ms`);
}

function unreachable({ origin }: URL, cause: unknown): ExternalError {
  const { code } = cause as { code?: unknown };
  const reason = typeof code === "string" ? ` (${code})` : "";
  return new ExternalError("service-unreachable", `${origin} could not be reached${reason}`, { cause });
}
