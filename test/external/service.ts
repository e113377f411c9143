/** @module A service on loopback, good or bad, for one test. */

import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createRawServer, type Server, type Socket } from "node:net";
import type { TestContext } from "node:test";

export interface Service {
  port: number;
  origin: string;
}

/** Closed with its connections at the end of the test. */
export async function serve(t: TestContext, listener: RequestListener): Promise<Service> {
  const server = createServer(listener);
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return listening(server);
}

/** Answers the head of each request as configured. */
export async function serveRaw(
  t: TestContext,
  onRequest: (socket: Socket, head: string) => void,
): Promise<Service> {
  const sockets = new Set<Socket>();
  const server = createRawServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", (chunk) => onRequest(socket, chunk.toString("latin1")));
  });
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return listening(server);
}

async function listening(server: Server): Promise<Service> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return { port, origin: `http://127.0.0.1:${port}` };
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
