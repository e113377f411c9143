/** @module The examples in a project that has the package as it would be published. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pack } from "../package/packed.ts";
import { eventually, freePorts } from "../support/real-cluster.ts";

const top = fileURLToPath(new URL("../..", import.meta.url));

/** Within the repository: bundlers find the frameworks in its `node_modules`, and follow no links out of it. */
const PLACE = join(top, ".carryout");

/** A new folder in it. */
export function newFolder(prefix: string): string {
  mkdirSync(PLACE, { recursive: true });
  return mkdtempSync(join(PLACE, prefix));
}

export interface Project {
  /** Its folder `examples`. */
  examples: string;
  remove(): void;
}

export function openProject(): Project {
  mkdirSync(PLACE, { recursive: true });
  const { project } = pack([], PLACE);
  const examples = join(project, "examples");
  cpSync(join(top, "examples"), examples, { recursive: true });
  copyFileSync(new URL("./slow-generators.ts", import.meta.url), join(examples, "embed/generators.ts"));
  writeFileSync(join(project, "package.json"), '{"type":"module"}');
  return { examples, remove: () => rmSync(project, { recursive: true, force: true }) };
}

/** Runs one of the programs that packages bring; fails with its output. */
export async function run(cwd: string, program: string, ...words: string[]): Promise<void> {
  const child = spawn(process.execPath, [join(top, "node_modules", program), ...words], {
    cwd,
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, NEXT_TELEMETRY_DISABLED: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${program} ${words.join(" ")} ended with ${code}\n${output}`);
}

export interface Served {
  url: string;
  stop(): Promise<void>;
}

/** Starts a program that listens at `PORT`, and waits until it answers. */
export async function serve(cwd: string, program: string, ...words: string[]): Promise<Served> {
  const port = await freePorts(0);
  const child: ChildProcess = spawn(process.execPath, [program, ...words], {
    cwd,
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, NEXT_TELEMETRY_DISABLED: "1", PORT: String(port) },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  };
  try {
    await eventually(`${program} answers`, async () => (await fetch(url)).ok);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

export const NEXT = join(top, "node_modules/next/dist/bin/next");
