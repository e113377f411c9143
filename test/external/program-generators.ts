/** @module Programs that end only by force, for tests with real nodes. */

import { commandGenerator } from "../../src/external/command-generator.ts";

/** Ignores SIGTERM, has a child in its group and one in a session of its own; tells the ids of all three. */
const SCRIPT = `
trap '' TERM
setsid sleep 1000 >/dev/null 2>&1 3>&- &
alone=$!
sleep 1000 >/dev/null 2>&1 3>&- &
printf '{"done":0,"message":"%s %s %s"}\\n' $$ $! $alone >&3
echo half
while :; do sleep 0.1; done
`;

const options = {
  file: { name: "never.txt", type: "text/plain" },
  command: ["/bin/sh", "-c", SCRIPT] as const,
  maxFailures: 1,
};

export const stubborn = commandGenerator({ ...options, kind: "process" });
export const stubbornInline = commandGenerator({ ...options, kind: "inline", isolation: "inline" });
export const silent = commandGenerator({ ...options, kind: "process-silent", stallMs: 1_000 });
export const silentInline = commandGenerator({
  ...options,
  kind: "inline-silent",
  isolation: "inline",
  stallMs: 1_000,
});
