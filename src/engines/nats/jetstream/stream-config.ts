/** @module The required configuration of a cluster's streams, and how existing ones differ from it. */

import {
  DiscardPolicy,
  type Republish,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import {
  filesStream,
  filesSubjects,
  historyStream,
  historySubjects,
  type Layout,
  liveSubjects,
  markSubjects,
  recordStream,
  recordSubjects,
  tickSubjects,
  workStream,
  workSubjects,
} from "./layout.ts";

export type WantedConfig = Partial<StreamConfig> & {
  name: string;
  num_replicas: number;
  metadata: Record<string, string>;
};

/**
 * Written into the streams of records; others are refused. Schema 1 had one record for a whole download, schema 2 another
 * index of the history, without which the files that it names would be taken for nobody's.
 */
export const SCHEMA = 3;
/** Written into the stream of files. */
export const FILES_SCHEMA = 1;
const SCHEMA_KEY = "carryout.schema";
/** On the first record stream: how many there are. */
const STREAMS_KEY = "carryout.streams";

/** No message has a message id, so no deduplication state is needed. */
const DUPLICATE_WINDOW_MS = 100;

/** Direct access serves reads that may lag; only our own removals delete messages. */
const COMMON = {
  max_msgs_per_subject: 1,
  max_age: 0,
  max_msg_size: -1,
  storage: StorageType.File,
  retention: RetentionPolicy.Limits,
  // A full stream rejects new messages: it must not drop accepted ones.
  discard: DiscardPolicy.New,
  duplicate_window: nanos(DUPLICATE_WINDOW_MS),
  allow_direct: true,
  deny_delete: false,
  deny_purge: false,
} as const;

/** What was decided when the cluster was created. */
export interface Chosen {
  replicas: number;
  /** Whether many writes may go in one message, see `BATCHES_SINCE`. */
  batches: boolean;
}

/** The streams with this number: of slots, work and history. */
export function recordConfigs(layout: Layout, index: number, chosen: Chosen): WantedConfig[] {
  const { name, recordStreams } = layout;
  const common = { ...commonOf(chosen), metadata: { [SCHEMA_KEY]: String(SCHEMA) } };
  const slots = `${recordSubjects(name, index)}>`;
  return [
    {
      ...common,
      name: recordStream(name, index),
      subjects: [slots],
      republish: { src: slots, dest: `${liveSubjects(name, index)}>` },
      metadata: { ...common.metadata, ...(index === 0 && { [STREAMS_KEY]: String(recordStreams) }) },
    },
    {
      ...common,
      name: workStream(name, index),
      subjects: [`${workSubjects(name, index)}>`],
      republish: { src: `${markSubjects(name, index)}>`, dest: `${tickSubjects(name, index)}>` },
    },
    { ...common, name: historyStream(name, index), subjects: [`${historySubjects(name, index)}>`] },
  ];
}

/** With a `maxBytes` of null: as much as the servers have. */
export function filesConfig(name: string, chosen: Chosen, maxBytes: number | null): WantedConfig {
  return {
    ...commonOf(chosen),
    name: filesStream(name),
    subjects: [`${filesSubjects(name)}>`],
    max_bytes: maxBytes ?? -1,
    metadata: { [SCHEMA_KEY]: String(FILES_SCHEMA) },
  };
}

/** A stream without replicas keeps each batch in files of its own until it is stored, which takes longer than it saves. */
function commonOf({ replicas, batches }: Chosen) {
  return { ...COMMON, num_replicas: replicas, ...(batches && replicas > 1 && { allow_atomic: true }) };
}

/** How many record streams the cluster of this stream has; null if it is not recorded there. */
export function recordStreamsOf({ metadata }: Pick<StreamConfig, "metadata">): number | null {
  const number = Number(metadata?.[STREAMS_KEY]);
  return Number.isInteger(number) && number > 0 ? number : null;
}

/** The schema of a stream; null when Carryout did not create it. */
export function schemaOf({ metadata }: Pick<StreamConfig, "metadata">): number | null {
  const number = Number(metadata?.[SCHEMA_KEY]);
  return Number.isInteger(number) && number > 0 ? number : null;
}

/** Describes each difference that could lose or hide something; harmless ones are ignored. */
export function differences(found: StreamConfig, wanted: WantedConfig): string[] {
  const compared: [what: string, found: unknown, wanted: unknown][] = [
    ["subjects", found.subjects?.toSorted(), wanted.subjects],
    ["max_msgs_per_subject", found.max_msgs_per_subject, wanted.max_msgs_per_subject],
    ["max_age", found.max_age, wanted.max_age],
    ["max_msg_size", found.max_msg_size, wanted.max_msg_size],
    ["storage", found.storage, wanted.storage],
    ["retention", found.retention, wanted.retention],
    ["discard", found.discard, wanted.discard],
    ["discard_new_per_subject", found.discard_new_per_subject ?? false, false],
    ["allow_direct", found.allow_direct ?? false, wanted.allow_direct],
    ["deny_delete", found.deny_delete ?? false, wanted.deny_delete],
    ["deny_purge", found.deny_purge ?? false, wanted.deny_purge],
    ["no_ack", found.no_ack ?? false, false],
    ["sealed", found.sealed ?? false, false],
    ["mirror", found.mirror?.name ?? "none", "none"],
    ["sources", found.sources?.map(({ name }) => name) ?? [], []],
    ["subject_transform", found.subject_transform?.dest ?? "none", "none"],
    ["republish", shownRepublish(found.republish), shownRepublish(wanted.republish)],
  ];
  return compared
    .filter(([, is, should]) => JSON.stringify(is) !== JSON.stringify(should))
    .map(([what, is, should]) => `${what} is ${shown(is)}, expected ${shown(should)}`);
}

function shownRepublish(republish: Republish | undefined): string {
  if (!republish?.dest) return "none";
  const { src = ">", dest, headers_only } = republish;
  return `${src} → ${dest}${headers_only ? " (headers only)" : ""}`;
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
