/** @module Names in their own letters, in every format of the example, as other programs read them. */

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { citiesAfter } from "../../examples/cities/cities.ts";
import { systemClock } from "../../src/clock/system.ts";
import { inlineExecutor } from "../../src/generator/inline.ts";
import { validateParams } from "../../src/generator/parameters.ts";
import { RecordingHost } from "../../src/generator/recording-host.testing.ts";
import { registryOf } from "../../src/generator/registry.ts";
import { inFolder, runProgram, unless } from "../support/outside-programs.ts";

process.env.CITIES_ROWS_PER_SECOND = "0";
const { cities } = await import("../../examples/cities/generators.ts");

/** A country for each script that the data has. */
const COUNTRIES = {
  DZ: "سيدي سنوسي",
  YE: "قرية المدي",
  MK: "Старо Нагоричане",
  GR: "Μαξιμιανούπολις",
  VN: "Thị Trấn Yên Minh",
  PL: "Łódź",
  AF: "Kaz̲h̲ah",
  TR: "İskenderun",
};

const executor = inlineExecutor({ registry: registryOf(Object.values(cities)), clock: systemClock });
before(() => executor.ready());
after(() => executor.close());

async function made(format: keyof typeof cities, country: string): Promise<Buffer> {
  const host = new RecordingHost();
  const params = await validateParams(cities[format], { country });
  const { kind } = cities[format];
  await executor.start({ downloadId: "test", kind, params, requestedAt: 0, resume: null }, host).done;
  return host.bytes();
}

describe("letters of the world", { skip: unless("pdftotext", "unzip") }, () => {
  for (const [country, name] of Object.entries(COUNTRIES)) {
    it(`${country}: ${name} is in every format`, () =>
      inFolder(async (folder) => {
        assert.ok(citiesAfter(0, Number.POSITIVE_INFINITY, country).some((city) => city.name.includes(name)));
        const path = join(folder, "all.zip");
        await writeFile(path, await made("zip", country));
        await runProgram("unzip", "-q", path, "-d", folder);
        const names = (await runProgram("unzip", "-Z1", path)).trim().split("\n");
        const fileOf = (extension: string) => join(folder, names.find((one) => one.endsWith(extension))!);
        for (const extension of [".csv", ".ndjson"]) {
          assert.ok((await readFile(fileOf(extension), "utf8")).includes(name), extension);
        }
        const { buffer } = new Uint8Array(await readFile(fileOf(".parquet")));
        const rows = await parquetReadObjects({ file: buffer, compressors });
        assert.ok(
          rows.some((row) => String(row.name).includes(name)),
          "parquet",
        );
        const sheets = await runProgram("unzip", "-p", fileOf(".xlsx"), "xl/*");
        assert.ok(sheets.includes(name), "xlsx");
        const pages = await runProgram("pdftotext", "-layout", fileOf(".pdf"), "-");
        assert.ok(withoutMarks(pages).includes(withoutMarks(name)), "pdf");
      }));
  }
});

/** Without the marks that pdftotext puts around text from right to left. */
function withoutMarks(text: string): string {
  return text.normalize("NFC").replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");
}
