/** @module Being sure that there is no message. */

import type { NatsStream, StoredMessage } from "../nats/stream.ts";
import { fullReason } from "./nats-errors.ts";
import type { PartSubjects } from "./nats-subjects.ts";

/**
 * The subject's last message as the leader has it. A leader that was cut off, or frozen, answers for a while after
 * another was elected, and does not know what that one stores. So that there is no message is believed only after
 * a write that needs the majority of the replicas.
 */
export async function lastForCertain(
  stream: NatsStream,
  subjects: PartSubjects,
  subject: string,
): Promise<StoredMessage | null> {
  const found = await stream.last(subject);
  if (found) return found;
  try {
    await stream.publish(subjects.probe, "");
  } catch (error) {
    // A store without room must not keep anyone from learning that a part is gone.
    if (fullReason(error) === null) throw error;
  }
  return await stream.last(subject);
}
