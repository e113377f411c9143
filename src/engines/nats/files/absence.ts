/** @module Proving that a message does not exist. */

import { errors } from "@nats-io/transport-node";
import type { NatsStream, StoredMessage } from "../jetstream/stream.ts";
import { fullReason } from "./file-errors.ts";
import type { PartSubjects } from "./file-subjects.ts";

/**
 * The subject's last message. A leader that was cut off, or frozen, answers for a while after another was elected, and
 * does not know what that one stores. So that there is no message is believed only of a replica that has a write which
 * was made after the question: whoever has that has all that was acknowledged before.
 */
export async function lastForCertain(
  stream: NatsStream,
  subjects: PartSubjects,
  subject: string,
): Promise<StoredMessage | null> {
  const found = await stream.last(subject);
  if (found) return found;
  let probed: number;
  try {
    probed = await stream.publish(subjects.probe, "");
  } catch (error) {
    // A store without room must not keep anyone from learning that a part is gone.
    if (fullReason(error) === null) throw error;
    return await stream.last(subject);
  }
  const [probe, message] = await bothOf(stream, subjects.probe, subject);
  // It is asked again, as one who did not answer.
  if ((probe?.sequence ?? 0) < probed) throw new errors.TimeoutError();
  return message ?? null;
}

async function bothOf(
  stream: NatsStream,
  ...wanted: [string, string]
): Promise<(StoredMessage | undefined)[]> {
  const found = await stream.lastOfEach(wanted);
  return wanted.map((subject) => found.find((message) => message.subject === subject));
}
