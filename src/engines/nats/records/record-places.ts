/** @module The streams of each part of the records, and the prefixes of their subjects. */

import {
  historyStream,
  historySubjects,
  liveSubjects,
  markSubjects,
  recordStream,
  recordSubjects,
  savedSubjects,
  tickSubjects,
  workStream,
} from "../jetstream/layout.ts";

export interface RecordPlace {
  stream: string;
  /** The prefix of the subjects of these records. */
  subjects: string;
  /** The prefix of the subjects to which each is republished as it is stored; null if none is. */
  live: string | null;
  /** Nobody waits for what is written there. */
  isPatient?: boolean;
}

type PlaceOf = (name: string, index: number) => RecordPlace;

/** The last two are the index of a history (see `history-index.ts`), and its entries about removals. */
export const PLACES = {
  slots: (name, index) => ({
    stream: recordStream(name, index),
    subjects: recordSubjects(name, index),
    live: liveSubjects(name, index),
  }),
  marks: (name, index) => ({
    stream: workStream(name, index),
    subjects: markSubjects(name, index),
    live: tickSubjects(name, index),
  }),
  saved: (name, index) => ({
    stream: workStream(name, index),
    subjects: savedSubjects(name, index),
    live: null,
  }),
  history: (name, index) => ({
    stream: historyStream(name, index),
    subjects: `${historySubjects(name, index)}record.`,
    live: null,
    isPatient: true,
  }),
  index: (name, index) => ({
    stream: historyStream(name, index),
    subjects: historySubjects(name, index),
    live: null,
    isPatient: true,
  }),
  gone: (name, index) => ({
    stream: historyStream(name, index),
    subjects: `${historySubjects(name, index)}gone.`,
    live: null,
    isPatient: true,
  }),
} satisfies Record<string, PlaceOf>;

export type RecordPart = keyof typeof PLACES;
