/** @module A reporter for the test runner that counts skipped tests as failed, since in CI nothing may be missing. */

export default async function* noSkips(events) {
  const skipped = [];
  for await (const { type, data } of events) {
    if (type !== "test:pass" || data.skip === undefined) continue;
    process.exitCode = 1;
    skipped.push(`✖ skipped, in CI: ${data.name} (${data.skip === true ? data.file : data.skip})\n`);
  }
  yield* skipped;
}
