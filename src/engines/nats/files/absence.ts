/** @module Proving that a message does not exist. */

import { errors } from "@nats-io/transport-node";
import type { NatsStream, StoredMessage } from "../jetstream/stream.ts";
import { fullReason } from "./file-errors.ts";
import type { PartSubjects } from "./file-subjects.ts";

/**
 * The subject's last message. A leader that was cut off or frozen keeps answering for a while after another was
 * elected, and lacks what the new one stores. So absence is trusted only from a replica that has a write made
 * after the question: such a replica has everything that was acknowledged before.
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
    // A full store must not prevent finding out that a part is gone.
    if (fullReason(error) === null) throw error;
    return await stream.last(subject);
  }
  const [probe, message] = await bothOf(stream, subjects.probe, subject);
  // Retried, like a replica that did not answer.
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
