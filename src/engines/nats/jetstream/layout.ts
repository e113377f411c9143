/** @module The names of a Carryout cluster on NATS: its streams, their subjects, and the subjects of its messages. */

/** How records are spread over streams, each with its own leader. */
export interface Layout {
  /** Separates clusters that share NATS servers: letters, digits, "-" and "_", up to 32. */
  readonly name: string;
  /** Number of streams for each of slots, work and history, spread by user. Fixed when the first is created. */
  readonly recordStreams: number;
}

/** The bucket of the slots for tools for NATS key-value stores, such as `nats kv ls`. */
export function recordBucket(name: string, index: number): string {
  return `${name}-records-${index}`;
}

/** The stream of the slots. The first one also records how many streams of each kind exist. */
export function recordStream(name: string, index: number): string {
  return `KV_${recordBucket(name, index)}`;
}

/** The subject of a slot is this and its key, two tokens: `base64url(user).slot`. */
export function recordSubjects(name: string, index: number): string {
  return `$KV.${recordBucket(name, index)}.`;
}

/** Every stored slot message is republished to its subject with this prefix in place of `recordSubjects`. */
export function liveSubjects(name: string, index: number): string {
  return `${name}.live.${index}.`;
}

/** The stream of the marks and of the saved states. */
export function workStream(name: string, index: number): string {
  return `${name}-work-${index}`;
}

export function workSubjects(name: string, index: number): string {
  return `${name}.work.${index}.`;
}

/** The subject of a mark is this and the key of its download, two tokens: `base64url(user).id`. */
export function markSubjects(name: string, index: number): string {
  return `${workSubjects(name, index)}mark.`;
}

export function savedSubjects(name: string, index: number): string {
  return `${workSubjects(name, index)}saved.`;
}

/** Every mark is republished to a subject with this prefix, so that watchers of one user receive only that user's. */
export function tickSubjects(name: string, index: number): string {
  return `${name}.ticks.${index}.`;
}

export function historyStream(name: string, index: number): string {
  return `${name}-history-${index}`;
}

/** Followed by `record.` and the key of a download, or by an entry of the index: see `history-index.ts`. */
export function historySubjects(name: string, index: number): string {
  return `${name}.history.${index}.`;
}

/** All streams of records: those with the same number belong to the same users. */
export function streamsOf({ name, recordStreams }: Layout): Record<"slots" | "work" | "history", string[]> {
  const each = (stream: (name: string, index: number) => string) =>
    Array.from({ length: recordStreams }, (_, index) => stream(name, index));
  return { slots: each(recordStream), work: each(workStream), history: each(historyStream) };
}

export function filesStream(name: string): string {
  return `${name}-files`;
}

export function filesSubjects(name: string): string {
  return `${name}.files.`;
}

/** Heartbeats, and messages of joining and leaving nodes. */
export function memberSubjects(name: string): string {
  return `${name}.members.`;
}
