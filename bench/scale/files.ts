/** @module What the bytes of a file cost in messages and disk space. */

import { openMeasuredEngine } from "../support/measured-engine.ts";
import { openEngine } from "../support/open-engine.ts";
import type { Files } from "./results.ts";
import { during } from "./windows.ts";

const PART_BYTES = 4 * 1024 * 1024;

export async function measureFiles(parts: number): Promise<Files> {
  const measured = await openMeasuredEngine();
  const engine = await openEngine(measured);
  const keys = Array.from({ length: parts }, (_, index) => `bench/1/${index}`);
  try {
    const part = new Uint8Array(PART_BYTES).map((_, index) => (index * 2_654_435_761) >>> 24);
    const put = await during(measured, async () => {
      for (const key of keys) await engine.files.put(key, part);
    });
    const { bytes, messages } = await measured.streams("files");
    const got = await during(measured, async () => {
      for (const key of keys) for await (const chunk of engine.files.get(key)) void chunk;
    });
    return {
      partBytes: PART_BYTES,
      parts,
      putMessages: put.counts.in,
      putRoutedBytes: put.counts.routedBytes,
      getMessages: got.counts.in,
      storedBytes: bytes,
      storedMessages: messages,
    };
  } finally {
    await engine.close();
    await measured.dispose();
  }
}
