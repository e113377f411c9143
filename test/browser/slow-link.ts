/** @module A connection to a server that is slow, or cut off, as a proxy. */

import { once } from "node:events";
import { type ClientRequest, createServer, type Server, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as wait } from "node:timers/promises";

const STEP_MS = 20;
/** Nothing waits at this pace. */
export const FAST = 100_000_000;

export class SlowLink {
  readonly origin: string;
  /** Of each response that begins from now on. */
  bytesPerSecond: number;
  /** How many bytes of all responses have passed. */
  passed = 0;
  /** The `Range` of each request that has one. */
  readonly ranges: string[] = [];
  readonly #server: Server;
  #isCut = false;

  private constructor(server: Server, bytesPerSecond: number) {
    this.#server = server;
    this.bytesPerSecond = bytesPerSecond;
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Each response passes at this pace. A connection that the server breaks is broken for the browser too. */
  static async to(target: string, bytesPerSecond: number): Promise<SlowLink> {
    const { hostname, port } = new URL(target);
    const server = createServer((incoming, outgoing) => {
      const { url: path, method, headers } = incoming;
      if (headers.range) link.ranges.push(headers.range);
      // A new connection for each: a kept one may lead to a node that is gone.
      const options = { hostname, port, path, method, headers, agent: false };
      const onward: ClientRequest = send(options, async (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.on("data", (chunk: Buffer) => {
          link.passed += chunk.byteLength;
        });
        await pipeline(answer, paced(link.bytesPerSecond), outgoing).catch(() => outgoing.destroy());
      });
      onward.on("error", () => outgoing.destroy());
      outgoing.on("close", () => onward.destroy());
      incoming.pipe(onward);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const link = new SlowLink(server, bytesPerSecond);
    server.on("connection", (socket) => link.#isCut && socket.destroy());
    return link;
  }

  /** Ends all connections, and takes none until it is mended. */
  cut(): void {
    this.#isCut = true;
    this.#server.closeAllConnections();
  }

  mend(): void {
    this.#isCut = false;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

function paced(bytesPerSecond: number): Transform {
  const step = Math.max(1, Math.floor((bytesPerSecond * STEP_MS) / 1_000));
  return new Transform({
    highWaterMark: step,
    async transform(chunk: Buffer, _encoding, done) {
      for (let at = 0; at < chunk.byteLength; at += step) {
        this.push(chunk.subarray(at, at + step));
        if (chunk.byteLength > step) await wait(STEP_MS);
      }
      done();
    },
  });
}
