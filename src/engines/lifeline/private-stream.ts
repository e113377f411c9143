/** @module Private streams over the port for lifelines: encrypted, and only for processes that know a node's key. */

import { connect, type Socket } from "node:net";
import { connect as connectTls, createServer, type TLSSocket } from "node:tls";
import type { Clock } from "../../ports/clock.ts";
import type { LifelineAddress } from "./announcement.ts";
import { readHello } from "./hello.ts";

/** What a process sends to ask for one, and gets in return; then both change to TLS. */
export const ASK = "carryout-stream/1\n";
/** For each address: to connect, and to agree on keys. */
const ATTEMPT_MS = 2_000;
/** A hello, and notes that may follow it. */
const MOST_BYTES = 4_096;
const IDENTITY = "carryout";
/**
 * Both sides prove that they know the key: RFC 4279, with a key that is new for each connection (RFC 5489, RFC 7905). No
 * certificates, which would have to be made for nodes that come and go.
 */
const TLS = {
  ciphers: "ECDHE-PSK-CHACHA20-POLY1305:ECDHE-PSK-AES128-CBC-SHA256",
  minVersion: "TLSv1.2",
  maxVersion: "TLSv1.2",
} as const;

export interface StreamTarget extends LifelineAddress {
  incarnation: string;
  key: string;
}

/** Tries the addresses in turn; rejects with the last failure. Neither side's stream keeps its process alive. */
export async function openPrivateStream(target: StreamTarget, clock: Clock): Promise<Socket> {
  let failure: unknown;
  for (const host of target.addresses) {
    try {
      return await openAt(host, target, clock);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** What takes over a connection on which `ASK` has arrived. One without the key is closed. */
export function privateStreams(key: string, onStream: (stream: Socket) => void): (socket: Socket) => void {
  const server = createServer({ ...TLS, handshakeTimeout: ATTEMPT_MS, pskCallback: () => Buffer.from(key) });
  server.on("secureConnection", (stream) => onStream(stream.unref()));
  server.on("tlsClientError", (_error, stream) => stream.destroy());
  return (socket) => {
    socket.write(ASK);
    server.emit("connection", socket);
  };
}

async function openAt(host: string, { port, incarnation, key }: StreamTarget, clock: Clock): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true, keepAlive: true }).unref();
  const giveUp = clock.after(ATTEMPT_MS, () => socket.destroy(new Error(`no answer from ${host}:${port}`)));
  try {
    await asked(socket, incarnation);
    const pskCallback = () => ({ psk: Buffer.from(key), identity: IDENTITY });
    const stream = connectTls({ ...TLS, socket, pskCallback, checkServerIdentity: () => undefined });
    return (await agreed(stream)).unref();
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    giveUp();
  }
}

/** Resolves when the process has answered, after which only TLS follows. */
function asked(socket: Socket, incarnation: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let heard: Buffer = Buffer.alloc(0);
    let isGreeted = false;
    const take = (bytes: Buffer) => {
      heard = Buffer.concat([heard, bytes]);
      if (heard.length > MOST_BYTES) return socket.destroy(new Error("not a port for lifelines"));
      if (!isGreeted) {
        const hello = readHello(heard);
        if (hello === null) return;
        if (hello === "foreign" || hello.incarnation !== incarnation)
          return socket.destroy(new Error("another process"));
        isGreeted = true;
        socket.write(ASK);
      }
      if (!heard.toString("latin1").endsWith(`\n${ASK}`)) return;
      socket.off("data", take);
      resolve();
    };
    socket.on("data", take);
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("closed without an answer")));
  });
}

function agreed(stream: TLSSocket): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    stream.on("secureConnect", () => resolve(stream));
    stream.on("error", reject);
    stream.on("close", () => reject(new Error("closed before keys were agreed on")));
  });
}
