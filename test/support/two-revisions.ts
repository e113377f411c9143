/** @module A generators module in a folder of its own, which can be written in two versions. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const LIBRARY = new URL("../../src/generator/generator.ts", import.meta.url).href;

/** Lines that are made before the test releases the files, so that none is whole before its nodes have started. */
const HELD_AT = 75;
const RELEASED = "released";

const GENERATORS = `
import { existsSync } from "node:fs";
import { defineGenerator } from "${LIBRARY}";
import { word } from "./word.ts";

const LINES = 150;
const released = new URL("../${RELEASED}", import.meta.url);

const lines = (kind: string, text: string, more: object) =>
  defineGenerator({
    kind,
    isolation: "inline",
    checkpointMs: 50,
    file: { name: kind + ".txt", type: "text/plain" },
    ...more,
    async run({ resume, write, progress, checkpoint, sleep }) {
      for (let index = Number(resume ?? 0); index < LINES; index++) {
        do await sleep(20);
        while (index === ${HELD_AT} && !existsSync(released));
        await write(index + " " + text + "\\n");
        progress(index + 1, LINES);
        await checkpoint(index + 1);
      }
    },
  });

export const restarts = lines("restarts", word, {});
export const waits = lines("waits", word, { onRevisionChange: "wait", revisionWaitMs: 600_000 });
export const goesOn = lines("goes-on", "both", { onRevisionChange: "continue" });
`;

/** The file that a version with this word makes. */
export function fileOf(word: string): string {
  return Array.from({ length: 150 }, (_, index) => `${index} ${word}\n`).join("");
}

/** Lets the generators of all modules in folders of this one finish their files. */
export async function release(folder: string): Promise<void> {
  await writeFile(join(folder, RELEASED), "");
}

/** Writes the module, whose files bear this word, into the folder; its path. */
export async function writeVersion(folder: string, word: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "word.ts"), `export const word = ${JSON.stringify(word)};\n`);
  await writeFile(join(folder, "generators.ts"), GENERATORS);
  return join(folder, "generators.ts");
}
