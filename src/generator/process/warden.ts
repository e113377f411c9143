/** @module Ends the generator processes of a node that was killed, also those that are busy and notice nothing. */

import { type ChildProcess, spawn } from "node:child_process";

/**
 * Keeps the groups that it is told; at the end of its input it kills those that are left. A shell, as it must outlive
 * the node and costs 1 MiB; apart from the node's terminal, and deaf to what stops services.
 */
const SCRIPT = `
trap '' HUP INT TERM
groups=''
while read -r what group; do
  if [ "$what" = begins ]; then groups="$groups $group"; continue; fi
  left=''
  for other in $groups; do [ "$other" = "$group" ] || left="$left $other"; done
  groups="$left"
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
`;

/**
 * A process whose event loop is free ends by itself when its node is gone. Where there is no shell, one that is busy
 * goes on until it waits for something.
 */
export class Warden {
  #shell: ChildProcess | null = null;

  begins(group: number): void {
    this.#shell ??= start();
    this.#shell?.stdin?.write(`begins ${group}\n`);
  }

  ends(group: number): void {
    this.#shell?.stdin?.write(`ends ${group}\n`);
  }

  close(): void {
    this.#shell?.stdin?.end();
  }
}

function start(): ChildProcess | null {
  if (process.platform === "win32") return null;
  const shell = spawn("/bin/sh", ["-c", SCRIPT], {
    detached: true,
    env: {},
    stdio: ["pipe", "ignore", "ignore"],
  });
  // Without a shell, or when somebody ended it, the others still notice by themselves.
  shell.on("error", () => {});
  shell.stdin.on("error", () => {});
  shell.unref();
  return shell;
}
