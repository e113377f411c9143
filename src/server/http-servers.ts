/** @module The ports a node listens on, all with one handler. */

import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { CarryoutError } from "../errors.ts";
import { Guard, type GuardOptions } from "./guard.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface ListenOptions {
  port: number;
  host: string;
  /** False in a node process of `carryout up`: the socket is shared with the other nodes. Default true. */
  exclusive?: boolean;
}

const LOOK_MS = 25;

/** Until `serve`, every request is answered 503. */
export class HttpServers {
  readonly #guard: Guard;
  readonly #servers: Server[] = [];
  #handler: Handler = notYet;

  constructor(options: GuardOptions) {
    this.#guard = new Guard(options);
  }

  /** Open connections on all ports. */
  get connections(): number {
    return this.#guard.size;
  }

  /** Resolves with the URL where it listens. Fails with `unavailable` and a readable message. */
  async listen({ port, host, exclusive = true }: ListenOptions): Promise<string> {
    const server = this.#guard.createServer((request, response) => this.#handler(request, response));
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error) => reject(cannotListen(error, port, host)));
      server.listen({ port, host, exclusive }, () => resolve());
    });
    this.#servers.push(server);
    return httpUrl(host, (server.address() as AddressInfo).port);
  }

  serve(handler: Handler): void {
    this.#handler = handler;
  }

  /** Accepts no more connections; running answers continue. */
  stopAccepting(): void {
    for (const server of this.#servers) server.close();
  }

  /** Gives running answers this long, then cuts them off. */
  async close(patienceMs: number): Promise<void> {
    this.stopAccepting();
    const deadline = performance.now() + patienceMs;
    while ((await this.#connections()) > 0 && performance.now() < deadline) {
      // A connection whose answer has just ended would be kept alive for another request that can't come.
      for (const server of this.#servers) server.closeIdleConnections();
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    for (const server of this.#servers) server.closeAllConnections();
  }

  async #connections(): Promise<number> {
    const counts = this.#servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
        }),
    );
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  }
}

function notYet(_request: IncomingMessage, response: ServerResponse): void {
  response
    .writeHead(503, { "Retry-After": "1", "Content-Type": "text/plain" })
    .end("This node is starting.\n");
}

/** Where others reach this listener; an address that means "all" is replaced by this machine's name. */
export function httpUrl(host: string, port: number): string {
  const isAny = host === "0.0.0.0" || host === "::";
  const name = isAny ? hostname() : host.includes(":") ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

/** A listen error as a message that names port and host. */
export function cannotListen(error: NodeJS.ErrnoException, port: number, host: string): CarryoutError {
  const reasons: Record<string, string> = {
    EADDRINUSE: `port ${port} is in use; choose another with --port`,
    EACCES: `port ${port} is not permitted for this user; choose one above 1023 with --port`,
    EADDRNOTAVAIL: `${host} is not an address of this machine; choose another with --host`,
    ENOTFOUND: `the host name ${host} is unknown; choose another with --host`,
  };
  const reason = reasons[error.code ?? ""] ?? `${host} port ${port} can't be bound: ${error.message}`;
  return new CarryoutError("unavailable", reason, { cause: error });
}
