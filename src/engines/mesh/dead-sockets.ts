/** @module Removes the sockets of killed processes. */

import { readdir, rm } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";

/**
 * Removes every socket of the folder without a listener. A socket gets its final name only when it has
 * a listener, so a refused connection is a certain sign; a frozen process does not refuse.
 */
export async function removeDeadSockets(folder: string): Promise<void> {
  const names = await readdir(folder);
  const sockets = names.filter((name) => name.endsWith(".sock")).map((name) => join(folder, name));
  await Promise.all(
    sockets.map(async (path) => {
      if (await isRefused(path)) await rm(path, { force: true });
    }),
  );
}

function isRefused(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
  });
}
