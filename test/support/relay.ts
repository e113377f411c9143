/** @module A relay before a server, which tells how many bytes have passed and can cut connections. */

import { connect, createServer, type Server, type Socket } from "node:net";

type Way = "up" | "down";

export class Relay {
  readonly endpoint: string;
  /** How many connections have been made. */
  connections = 0;
  readonly #listener: Server;
  readonly #passed = { up: 0, down: 0 };
  readonly #sockets = new Set<Socket>();
  #isClosed = false;
  #onPassed: { way: Way; at: number; done: () => void } | null = null;

  private constructor(listener: Server, serverPort: number) {
    this.#listener = listener;
    const { port } = listener.address() as { port: number };
    this.endpoint = `http://127.0.0.1:${port}`;
    listener.on("connection", (near) => this.#join(near, connect(serverPort, "127.0.0.1")));
  }

  static async start(serverPort: number): Promise<Relay> {
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    return new Relay(listener, serverPort);
  }

  /** Resolves when this many more bytes have passed. */
  after(way: Way, bytes: number): Promise<void> {
    return new Promise((done) => {
      this.#onPassed = { way, at: this.#passed[way] + bytes, done };
    });
  }

  /** Breaks all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#sockets.clear();
  }

  close(): void {
    this.#isClosed = true;
    this.cut();
    this.#listener.close();
  }

  #join(near: Socket, far: Socket): void {
    this.connections += 1;
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      if (this.#isClosed) socket.destroy();
    }
    void this.#pass(near, far, "up").catch(() => far.destroy());
    void this.#pass(far, near, "down").catch(() => near.destroy());
  }

  async #pass(from: Socket, to: Socket, way: Way): Promise<void> {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      this.#passed[way] += chunk.length;
      const isTaken = to.write(chunk);
      const watched = this.#onPassed;
      if (watched?.way === way && this.#passed[way] >= watched.at) {
        this.#onPassed = null;
        watched.done();
      }
      if (!isTaken) await new Promise<void>((resolve) => to.once("drain", resolve).once("close", resolve));
    }
    to.end();
  }
}
