/** @module Servers with limits on the number of connections, on request times and on header sizes. */

import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ConnectionLimits } from "../http/limits.ts";
import { OpenCounts } from "../http/open-counts.ts";
import { HttpProblem, limitOf, problemOf } from "../http/problems.ts";
import type { Refusals } from "../http/refusals.ts";

export interface GuardOptions extends ConnectionLimits {
  requestTimeoutMs: number;
  /** All connections come from a proxy, which limits its own clients. */
  trustProxy: boolean;
  refusals: Refusals;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** No browser takes longer to send a header. */
const HEADER_MS = 15_000;
/** Interval between checks for requests that take too long. */
const LOOK_MS = 5_000;
/** A connection over the limit gets an answer to its request; beyond this many, others are closed unanswered. */
const MOST_TOLD = 1_000;
const TELLING_MS = 1_000;

/** Counts the connections of all servers that it creates. */
export class Guard {
  readonly #options: GuardOptions;
  readonly #counts: OpenCounts;
  readonly #refused = new WeakMap<Duplex, HttpProblem>();
  readonly #answers = new WeakMap<Duplex, ServerResponse>();

  constructor(options: GuardOptions) {
    const { maxConnections, maxConnectionsPerAddress, trustProxy } = options;
    this.#options = options;
    this.#counts = new OpenCounts("too-many-connections", {
      all: ["maxConnections", maxConnections],
      perAddress: [
        "maxConnectionsPerAddress",
        trustProxy ? Number.POSITIVE_INFINITY : maxConnectionsPerAddress,
      ],
      perUser: ["", Number.POSITIVE_INFINITY],
    });
  }

  /** Connections that are open and were not refused. */
  get size(): number {
    return this.#counts.size;
  }

  createServer(handler: Handler): Server {
    const { maxConnections, maxHeaderBytes, requestTimeoutMs } = this.#options;
    const server = createServer(
      {
        maxHeaderSize: maxHeaderBytes,
        requestTimeout: requestTimeoutMs,
        headersTimeout: Math.min(HEADER_MS, requestTimeoutMs),
        connectionsCheckingInterval: Math.min(LOOK_MS, requestTimeoutMs),
      },
      (request, response) => this.#answer(request, response, handler),
    );
    server.maxConnections = maxConnections + MOST_TOLD;
    server.on("connection", (socket) => this.#admit(socket));
    server.on("drop", () => this.#options.refusals.add("maxConnections", null));
    server.on("clientError", (error, socket) => this.#dismiss(error, socket));
    return server;
  }

  #admit(socket: Socket): void {
    const address = socket.remoteAddress ?? null;
    try {
      socket.once("close", this.#counts.enter({ address, user: null }));
    } catch (error) {
      if (!(error instanceof HttpProblem)) throw error;
      this.#refused.set(socket, error);
      this.#count(error, socket);
      socket.setTimeout(TELLING_MS);
    }
  }

  #answer(request: IncomingMessage, response: ServerResponse, handler: Handler): void {
    const refused = this.#refused.get(request.socket);
    if (refused) {
      const { status, headers, body } = problemOf(refused);
      response.writeHead(status, headers).end(JSON.stringify(body));
      return;
    }
    this.#answers.set(request.socket, response);
    response.once("close", () => this.#answers.delete(request.socket));
    handler(request, response);
  }

  /** Handles an unparsable request. Writes nothing into an answer that has begun: it would become part of it. */
  #dismiss(error: NodeJS.ErrnoException, socket: Duplex): void {
    const problem = this.#problemOf(error);
    this.#count(problem, socket as Socket);
    const hasBegun = this.#answers.get(socket)?.headersSent ?? false;
    if (error.code === "ECONNRESET" || !socket.writable || hasBegun) socket.destroy();
    else socket.end(textOf(problem), () => socket.destroy());
  }

  #problemOf({ code }: NodeJS.ErrnoException): HttpProblem {
    const { maxHeaderBytes, requestTimeoutMs } = this.#options;
    if (code === "HPE_HEADER_OVERFLOW") {
      const detail = `The request line and the header fields must be at most ${maxHeaderBytes} bytes.`;
      return new HttpProblem("headers-too-large", detail, { members: { limit: "maxHeaderBytes" } });
    }
    if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
      const detail = `The request did not arrive within ${requestTimeoutMs / 1_000} seconds.`;
      return new HttpProblem("request-timeout", detail, { members: { limit: "requestTimeoutMs" } });
    }
    return new HttpProblem("bad-request", "This is not an HTTP/1.1 request.");
  }

  #count(problem: HttpProblem, socket: Socket): void {
    const limit = limitOf(problem);
    if (limit !== null) this.#options.refusals.add(limit, socket.remoteAddress ?? null);
  }
}

function textOf(problem: HttpProblem): string {
  const { status, headers, body } = problemOf(problem);
  const text = JSON.stringify(body);
  const fields = { ...headers, "Content-Length": String(Buffer.byteLength(text)), Connection: "close" };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, "", text].join("\r\n");
}
