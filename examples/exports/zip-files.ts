import { defineGenerator, type Generation } from "carryout";
import { openZip, type ZipFilesState } from "carryout/export";

const MONTHS = ["january", "february", "march"];
const PAGES = 40;

export const reports = defineGenerator({
  kind: "reports",
  file: { name: "reports.zip", type: "application/zip" },
  async run(generation: Generation<Record<string, never>, ZipFilesState<{ page: number }>>) {
    const zip = openZip<{ page: number }>(generation);
    for (const month of MONTHS) {
      await zip.file(`2026/${month}.txt`, async ({ resume, write, checkpoint }) => {
        for (let page = resume?.page ?? 0; page < PAGES; page++) {
          await write(await pageOf(month, page));
          await checkpoint({ page: page + 1 });
        }
      });
    }
    await zip.end();
  },
});

/** Stands for what takes long: some 30 kB of text. */
async function pageOf(month: string, page: number): Promise<string> {
  return Array.from({ length: 1_000 }, (_, line) => `${month}, page ${page}, line ${line}\n`).join("");
}
