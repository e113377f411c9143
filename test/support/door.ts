/**
 * @module A process inside a host of a test that lets the test in: a listening socket keeps the network it was
 * made in, so one of the outside that is handed to this process leads from there to an address of the inside.
 */

import { connect, type Server } from "node:net";

/** Sent together with a listening server: its connections lead there. Answered by sending it back. */
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
      // However one side ends, the other one is told.
      outer.on("error", () => inner.resetAndDestroy()).on("close", () => inner.destroy());
      inner.on("error", () => outer.resetAndDestroy()).on("close", () => outer.destroySoon());
    });
    process.send?.(lead);
  });
  process.on("disconnect", () => process.exit(0));
  process.send?.(null);
}

if (import.meta.main) run();
