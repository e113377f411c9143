/** @module A process's port, whose closing signals its death to the others. */

import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { Log } from "../../telemetry/log.ts";
import { encodeHello, encodeNote } from "./hello.ts";
import { ASK } from "./private-stream.ts";

/** Far more than watch one node. When it is full, newcomers are rejected and notice a death later. */
const MOST_CONNECTIONS = 256;
/** After this silence the system asks whether the other machine is still there. */
const KEEPALIVE_MS = 10_000;

export interface ListenerOptions {
  /** The address to listen on; `::` means all, also where there is no IPv6. */
  host: string;
  /** Default: any free port. */
  port?: number | null | undefined;
  incarnation: string;
  /** Takes over a connection on which a private stream is asked for; without it such a one is closed. */
  onAsk?: ((socket: Socket) => void) | undefined;
  log: Log;
}

/** Opens the port. Fails like `net.Server`. It does not keep the process alive. */
export async function listenForLifelines(options: ListenerOptions): Promise<LifelineListener> {
  const listener = new LifelineListener(options);
  await listener.open();
  return listener;
}

/**
 * Sends its incarnation once, then only notes: a connection lasts as long as both processes. Nothing is expected but the
 * wish for a private stream, so a connection that sends anything else is closed. Made by `listenForLifelines`.
 */
export class LifelineListener {
  readonly #options: ListenerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #note: Buffer | null = null;

  constructor(options: ListenerOptions) {
    this.#options = options;
    const hello = encodeHello(options.incarnation);
    this.#server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEPALIVE_MS });
    this.#server.maxConnections = MOST_CONNECTIONS;
    this.#server.on("connection", (socket) => this.#accept(socket, hello));
    this.#server.unref();
  }

  /** Called once, by `listenForLifelines`. */
  async open(): Promise<void> {
    const { host, log } = this.#options;
    try {
      await this.#listen(host);
    } catch (error) {
      if (host !== "::" || !isWithoutIpv6(error)) throw error;
      await this.#listen("0.0.0.0");
    }
    this.#server.on("error", (error) => log.warn({ error }, "lifeline connection could not be accepted"));
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** How many watch this process now. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Sends a line of text to all that watch this process, and from then on to all that connect, until the next one. */
  tell(note: string): void {
    this.#note = encodeNote(note);
    for (const socket of this.#sockets) socket.write(this.#note);
  }

  /** To the others this looks like a death: announce the departure first. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #listen(host: string): Promise<void> {
    // Exclusive: in a worker of node:cluster the primary would hold the port, and it would outlive the worker.
    this.#server.listen({ host, port: this.#options.port ?? 0, exclusive: true });
    await once(this.#server, "listening");
  }

  #accept(socket: Socket, hello: Buffer): void {
    this.#sockets.add(socket);
    socket.unref();
    socket.on("close", () => this.#sockets.delete(socket));
    // Whatever the error, the socket closes; the other side reconnects.
    socket.on("error", () => socket.destroy());
    socket.once("data", (bytes) => this.#hear(socket, bytes));
    socket.write(this.#note === null ? hello : Buffer.concat([hello, this.#note]));
  }

  #hear(socket: Socket, bytes: Buffer): void {
    const { onAsk } = this.#options;
    if (onAsk === undefined || bytes.toString("latin1") !== ASK) return void socket.destroy();
    this.#sockets.delete(socket);
    onAsk(socket);
  }
}

function isWithoutIpv6(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EAFNOSUPPORT" || code === "EADDRNOTAVAIL";
}
