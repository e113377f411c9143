/** @module The names of a Carryout cluster on NATS: its streams, their subjects, and the subjects of its messages. */

/** How records are spread over several streams, each with its own leader. */
export interface Layout {
  /** Separates clusters that share NATS servers: letters, digits, "-" and "_", up to 32. */
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

/** Every stored message is republished under this prefix in place of `recordSubjects`. */
export function liveSubjects(name: string, index: number): string {
  return `${name}.live.${index}.`;
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
