/** @module Which stream each part of the records is in, and what its subjects begin with. */

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
  /** What the subjects of these records begin with. */
  subjects: string;
  /** What the subjects begin with on which each is sent on as it is stored; null where none is. */
  live: string | null;
}

type PlaceOf = (name: string, index: number) => RecordPlace;

/** The last two are the index of a history, see `history-index.ts`, and of it the entries about what was removed. */
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
  }),
  index: (name, index) => ({
    stream: historyStream(name, index),
    subjects: historySubjects(name, index),
    live: null,
  }),
  gone: (name, index) => ({
    stream: historyStream(name, index),
    subjects: `${historySubjects(name, index)}gone.`,
    live: null,
  }),
} satisfies Record<string, PlaceOf>;

export type RecordPart = keyof typeof PLACES;
