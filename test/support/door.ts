/**
 * @module A process inside a test host that gives the test access: a listening socket stays in the network it was
 * created in, so a socket from outside, handed to this process, forwards to an address inside.
 */

import { connect, type Server } from "node:net";

/** Sent together with a listening server whose connections are forwarded there. Acknowledged by sending it back. */
export interface Lead {
  host: string;
  port: number;
}

function run(): void {
  const servers: Server[] = [];
  process.on("message", (lead: Lead, server: Server) => {
    servers.push(server);
    server.on("connection", (outer) => {
      const inner = connect(lead);
      outer.pipe(inner).pipe(outer);
      // However one side ends, the other one ends too.
      outer.on("error", () => inner.resetAndDestroy()).on("close", () => inner.destroy());
      inner.on("error", () => outer.resetAndDestroy()).on("close", () => outer.destroySoon());
    });
    process.send?.(lead);
  });
  process.on("disconnect", () => process.exit(0));
  process.send?.(null);
}

if (import.meta.main) run();
