/** @module What a Carryout cluster is called on NATS: its streams, their subjects, and the subjects of its messages. */

/** How records are spread over streams of their own, each with a leader of its own. */
export interface Layout {
  /** Tells clusters apart that share a NATS: letters, digits, "-" and "_", up to 32. */
  readonly name: string;
  /** Streams that the records are spread over, decided when the first is created. */
  readonly recordStreams: number;
}

/** The bucket as tools for NATS key-value stores know it, such as `nats kv ls`. */
export function recordBucket(name: string, index: number): string {
  return `${name}-records-${index}`;
}

export function recordStream(name: string, index: number): string {
  return `KV_${recordBucket(name, index)}`;
}

/** The subject of a record is this and its slot key, two tokens: `base64url(user).slot`. */
export function recordSubjects(name: string, index: number): string {
  return `$KV.${recordBucket(name, index)}.`;
}

/** Every stored message is sent on to the subject that begins so, where its own begins with `recordSubjects`. */
export function liveSubjects(name: string, index: number): string {
  return `${name}.live.${index}.`;
}

export function filesStream(name: string): string {
  return `${name}-files`;
}

export function filesSubjects(name: string): string {
  return `${name}.files.`;
}

/** Signs of life, and what newcomers and leavers say. */
export function memberSubjects(name: string): string {
  return `${name}.members.`;
}
