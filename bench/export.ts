/** @module How fast rows become files, and in how much memory, beside the libraries that people use. Needs Linux. */

import { fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { flagsOf } from "../src/generator/process/child.ts";
import { CONTENDERS } from "./export/contenders.ts";
import type { Result } from "./export/program.ts";

const PROGRAM = fileURLToPath(new URL("./export/program.ts", import.meta.url));
const LIMIT_MS = 300_000;
/** A generator's default `memoryMb`: ours run with the flags of a process of generators. */
const GENERATOR_MB = 512;

const HEADING = [
  "format",
  "rows",
  "by",
  "rows/s",
  "CPU s",
  "MB",
  "MiB more resident at most",
  "checkpoints saved",
];

/** Each file is made by a process of its own, one after the other. Prints each line when it is known. */
export async function exports(rows: readonly number[], formats: readonly string[]): Promise<null> {
  const unknown = formats.filter((format) => !Object.hasOwn(CONTENDERS, format));
  if (unknown.length > 0) {
    throw new Error(
      `unknown format ${unknown.join(", ")} (available: ${Object.keys(CONTENDERS).join(", ")})`,
    );
  }
  const wanted = formats.length > 0 ? formats : Object.keys(CONTENDERS);
  process.stdout.write(`\n## export\n\n${line(HEADING)}${line(HEADING.map(() => "---"))}`);
  for (const format of wanted) {
    for (const count of rows) {
      for (const name of Object.keys(CONTENDERS[format]!)) {
        const cells = cellsOf(await measured(format, name, count), count);
        process.stdout.write(line([format, count.toLocaleString("en"), name, ...cells]));
      }
    }
  }
  return null;
}

/** A text is why there is no file. */
export async function measured(format: string, name: string, rows: number): Promise<Result | string> {
  const folder = await mkdtemp(join(tmpdir(), "carryout-bench-"));
  try {
    return await new Promise((resolve) => {
      const child = fork(PROGRAM, [format, name, String(rows), folder], {
        stdio: ["ignore", "ignore", "pipe", "ipc"],
        execArgv: name === "Carryout" ? flagsOf(GENERATOR_MB) : [],
      });
      let said = "";
      let result: Result | undefined;
      const limit = setTimeout(() => {
        said = `error: stopped after ${LIMIT_MS / 1_000} s`;
        child.kill("SIGKILL");
      }, LIMIT_MS);
      child.stderr!.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
      child.on("message", (message) => {
        result = message as Result;
      });
      child.on("close", () => {
        clearTimeout(limit);
        resolve(result ?? errorIn(said));
      });
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function cellsOf(result: Result | string, rows: number): string[] {
  if (typeof result === "string") return [result, "", "", "", ""];
  const { seconds, cpuSeconds, bytes, growthBytes, checkpoints } = result;
  return [
    Math.round(rows / seconds).toLocaleString("en"),
    cpuSeconds.toFixed(1),
    (bytes / 1e6).toFixed(1),
    String(Math.round(growthBytes / 2 ** 20)),
    checkpoints === null ? "" : String(checkpoints),
  ];
}

function errorIn(said: string): string {
  const lines = said.split("\n").filter((one) => one.trim() !== "");
  const telling =
    lines.find((one) => /fatal error|error:/i.test(one)) ?? lines.at(-1) ?? "ended without a word";
  return telling.trim().replaceAll("|", "\\|");
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |\n`;
}
