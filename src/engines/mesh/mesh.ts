/** @module The connections between the processes of a cluster: hints, ticks and signs of life travel here. */

import { chmod, rename, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { Json } from "../../download/json.ts";
import type { Log } from "../../telemetry/log.ts";
import { isSocketFile } from "./address.ts";
import { Connection, readHello } from "./connection.ts";
import { encodeFrame, type Frame } from "./frames.ts";

type Handler = (message: Json, from: string) => void;

/**
 * "refused" is certain: nothing listens there any more. "failed" is not: no such file, no permission, or this mesh
 * was closed.
 */
export type ConnectResult = "connected" | "refused" | "failed";

/** How to reach a peer: the path of its socket, or what opens a stream to it. */
export type Route = string | (() => Promise<Socket>);

/**
 * An observer does not `listen`; it connects to all processes that do, receives their broadcasts and can send.
 * One connection joins two processes, opened by either; two that connect at the same moment keep both and use one.
 * Delivery is at most once, in order while a connection lasts.
 */
export class Mesh {
  readonly id: string;
  readonly #log: Log;
  readonly #peers = new Map<string, Set<Connection>>();
  readonly #connections = new Set<Connection>();
  readonly #connecting = new Map<string, Promise<ConnectResult>>();
  readonly #handlers = new Map<string, Set<Handler>>();
  readonly #joined = new Set<(id: string) => void>();
  readonly #lost = new Set<(id: string) => void>();
  #server: Server | null = null;
  #address: string | null = null;
  #closed = false;
  #dropped = 0;

  constructor(options: { id: string; log: Log }) {
    this.id = options.id;
    this.#log = options.log;
  }

  /** Where this process listens, or null. */
  get address(): string | null {
    return this.#address;
  }

  /** Messages not sent since the start because a peer did not read, or because they were too long. */
  get dropped(): number {
    let dropped = this.#dropped;
    for (const connection of this.#connections) dropped += connection.dropped;
    return dropped;
  }

  /** The peers that a message would be sent to now. */
  peers(): string[] {
    return [...this.#peers.keys()];
  }

  isConnected(id: string): boolean {
    return this.#peers.has(id);
  }

  /** Listens at this address. Fails like `net.Server`; the mesh can be used without. */
  async listen(address: string): Promise<void> {
    const file = isSocketFile(address);
    // Under its final name a socket always has a listener, so that a refused connection proves its death.
    const unfinished = file ? address.replace(/\.sock$/, ".new") : address;
    const server = createServer((socket) => this.accept(socket));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      // Exclusive: in a worker of node:cluster the primary would hold the socket, and it would outlive the worker.
      server.listen({ path: unfinished, exclusive: true }, resolve);
    });
    server.on("error", (error) => this.#log.warn({ error }, "connection could not be accepted"));
    this.#server = server;
    this.#address = address;
    if (!file) return;
    await chmod(unfinished, 0o600);
    await rename(unfinished, address);
  }

  /** Connects to a peer unless already connected. */
  connect(id: string, route: Route): Promise<ConnectResult> {
    if (this.isConnected(id)) return Promise.resolve("connected");
    const pending = this.#connecting.get(id);
    if (pending) return pending;
    const dialled = typeof route === "string" ? this.#dial(id, route) : this.#join(id, route);
    const attempt = dialled.finally(() => this.#connecting.delete(id));
    this.#connecting.set(id, attempt);
    return attempt;
  }

  /** Sends to every connected process. */
  broadcast(channel: string, message: Json): void {
    this.sendTo([...this.#peers.keys()], channel, message);
  }

  /** Sends to these peers. Returns those that are not connected, or too far behind. */
  sendTo(ids: readonly string[], channel: string, message: Json): string[] {
    const bytes = this.#encode(channel, message);
    return bytes === null ? [...ids] : ids.filter((id) => !this.#write(id, bytes));
  }

  /** Sends to one peer: false when it is not connected or too far behind. True promises nothing. */
  send(id: string, channel: string, message: Json): boolean {
    return this.sendTo([id], channel, message).length === 0;
  }

  /** Calls the handler for each message that others send on this channel. */
  subscribe(channel: string, handler: Handler): () => void {
    const handlers = this.#handlers.get(channel) ?? new Set<Handler>();
    this.#handlers.set(channel, handlers.add(handler));
    return () => handlers.delete(handler);
  }

  /** Calls the handler when a peer is connected that was not. */
  onJoined(handler: (id: string) => void): () => void {
    this.#joined.add(handler);
    return () => this.#joined.delete(handler);
  }

  /** Calls the handler when the last connection to a peer has closed: it died or left, or a socket broke. */
  onLost(handler: (id: string) => void): () => void {
    this.#lost.add(handler);
    return () => this.#lost.delete(handler);
  }

  /** Ends the connections to a peer. */
  drop(id: string): void {
    for (const connection of this.#peers.get(id) ?? []) connection.destroy();
  }

  /** Closes all connections and removes its socket. Messages sent just before may still go out. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#joined.clear();
    this.#lost.clear();
    this.#handlers.clear();
    const closed = new Promise<void>((resolve) =>
      this.#server ? this.#server.close(() => resolve()) : resolve(),
    );
    if (this.#address && isSocketFile(this.#address)) await rm(this.#address, { force: true });
    for (const connection of this.#connections) connection.end();
    // A peer that does not read never lets the stream end.
    setImmediate(() => {
      for (const connection of this.#connections) connection.destroy();
    });
    await closed;
  }

  #dial(id: string, address: string): Promise<ConnectResult> {
    return new Promise((resolve) => {
      if (this.#closed) return resolve("failed");
      const socket = connect({ path: address });
      let result: ConnectResult = "failed";
      socket.once("error", (error: NodeJS.ErrnoException) => {
        if (error.code === "ECONNREFUSED") result = "refused";
        else this.#log.debug({ peer: id, error }, "can't connect to peer");
      });
      socket.once("close", () => resolve(result));
      socket.once("connect", () => {
        if (this.#closed) return socket.destroy();
        this.#introduce(id, socket);
        resolve("connected");
      });
    });
  }

  async #join(id: string, open: () => Promise<Socket>): Promise<ConnectResult> {
    let socket: Socket;
    try {
      socket = await open();
    } catch (error) {
      this.#log.debug({ peer: id, error }, "can't connect to peer");
      return "failed";
    }
    if (this.#closed || socket.destroyed) {
      socket.destroy();
      return "failed";
    }
    this.#introduce(id, socket);
    return "connected";
  }

  #introduce(id: string, socket: Socket): void {
    const connection = this.#open(socket, (frame) => this.#deliver(frame, id), id);
    connection.send(encodeFrame("hello", { id: this.id })!);
    this.#register(id, connection);
  }

  /** Takes a stream that a peer has opened. */
  accept(socket: Socket): void {
    let from: string | null = null;
    const connection = this.#open(
      socket,
      (frame) => {
        if (from !== null) return this.#deliver(frame, from);
        from = frame.channel === "hello" ? (readHello(frame.message)?.id ?? null) : null;
        if (from === null) connection.destroy();
        else this.#register(from, connection);
      },
      null,
    );
    if (this.#closed) connection.destroy();
  }

  #open(socket: Socket, frame: (frame: Frame) => void, peer: string | null): Connection {
    const connection = new Connection(socket, {
      frame,
      closed: (fault) => {
        // A killed peer resets the stream: that is its death, not an error.
        if (fault instanceof SyntaxError)
          this.#log.warn({ peer, error: fault }, "peer sent an invalid message");
        this.#connections.delete(connection);
        this.#dropped += connection.dropped;
        this.#unregister(connection);
      },
    });
    this.#connections.add(connection);
    return connection;
  }

  #register(id: string, connection: Connection): void {
    if (!connection.open) return;
    const connections = this.#peers.get(id) ?? new Set<Connection>();
    this.#peers.set(id, connections.add(connection));
    if (connections.size > 1) return;
    for (const handler of [...this.#joined]) handler(id);
  }

  #unregister(connection: Connection): void {
    for (const [id, connections] of this.#peers) {
      if (!connections.delete(connection) || connections.size > 0) continue;
      this.#peers.delete(id);
      for (const handler of [...this.#lost]) handler(id);
    }
  }

  #write(id: string, bytes: Buffer): boolean {
    const [connection] = this.#peers.get(id) ?? [];
    return connection?.send(bytes) ?? false;
  }

  #encode(channel: string, message: Json): Buffer | null {
    if (this.#closed) return null;
    const bytes = encodeFrame(channel, message);
    if (bytes) return bytes;
    this.#dropped += 1;
    this.#log.warn({ channel }, "message too long to send");
    return null;
  }

  #deliver(frame: Frame, from: string): void {
    for (const handler of [...(this.#handlers.get(frame.channel) ?? [])]) handler(frame.message, from);
  }
}
