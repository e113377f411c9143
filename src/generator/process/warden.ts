/** @module Ends the generator processes of a node that was killed, including busy ones that would not notice. */

import { type ChildProcess, spawn } from "node:child_process";

/**
 * Tracks process groups; at the end of its input it kills the remaining ones. It is a shell, since it must outlive the
 * node and takes only 1 MiB; detached from the node's terminal, and ignoring the signals that stop services.
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
 * A process with a free event loop ends by itself when its node is gone. Without a shell, a busy one continues until
 * it waits for something.
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
  // Without a shell, or if it was killed, idle processes still notice by themselves.
  shell.on("error", () => {});
  shell.stdin.on("error", () => {});
  shell.unref();
  return shell;
}
