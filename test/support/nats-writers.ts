/** @module Users for writers, spread over the streams of NATS. */

import { keyOf } from "../../src/download/key.ts";
import { streamIndexOf } from "../../src/engines/nats/records/record-subjects.ts";
import { sampleDownload } from "../../src/ports/contracts/sample-downloads.ts";

/** Two users for each stream of records. */
export function usersOfAllStreams(streams: number): string[] {
  const users: string[] = [];
  for (let number = 0; users.length < 2 * streams; number += 1) {
    const user = `user-${number}`;
    const index = streamIndexOf(keyOf(sampleDownload(user)), streams);
    const taken = users.filter((other) => streamIndexOf(keyOf(sampleDownload(other)), streams) === index);
    if (taken.length < 2) users.push(user);
  }
  return users;
}
