/** @module Planted faults of the records, their codec and the memory engine. */

import type { Mutant } from "../mutant.ts";

export const RECORDS: readonly Mutant[] = [
  {
    name: "a later version's record is written over",
    file: "ports/stored-text.ts",
    find: "return decodeDownload(key, text).unreadable?.isNewer === false;",
    replace: "return decodeDownload(key, text).unreadable !== null;",
  },
  {
    name: "an update does not compare the version",
    file: "engines/memory/memory-slots.ts",
    find: "return slots.get(key)?.version === version ? slots.put(key, encodeDownload(download)) : null;",
    replace: "return slots.get(key) ? slots.put(key, encodeDownload(download)) : null;",
  },
  {
    name: "an insert does not look whether the slot is free",
    file: "engines/memory/memory-slots.ts",
    find: "return isFree ? slots.put(key, encodeDownload(download)) : null;",
    replace: "return isFree || present ? slots.put(key, encodeDownload(download)) : null;",
  },
  {
    name: "a record that can't be read ends the feed",
    file: "ports/stored-text.ts",
    find: '  const { value, unreadable } = decodeDownload(key, text);\n  return value === null\n    ? { type: "remove", key, version, unreadable }\n    : { type: "put", key, version, download: value };',
    replace: '  return { type: "put", key, version, download: JSON.parse(text) };',
  },
  {
    name: "a removal of what is being archived lets it come back",
    file: "engines/memory/memory-history.ts",
    find: "      if (index.wasRemoved(key)) return false;\n",
    replace: "",
  },
];
