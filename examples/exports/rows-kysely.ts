import { keyset } from "carryout/export";
import type { Kysely } from "kysely";

export interface Measurement {
  station: string;
  day: number;
  celsius: number;
}

export const byKysely = (db: Kysely<{ measurements: Measurement }>) =>
  keyset<Measurement, "station" | "day">({
    key: ["station", "day"],
    page: ({ after, limit, signal }) => {
      let query = db.selectFrom("measurements").selectAll().orderBy("station").orderBy("day").limit(limit);
      if (after !== undefined) {
        const { station, day } = after;
        query = query.where(({ eb, refTuple, tuple }) =>
          eb(refTuple("station", "day"), ">", tuple(station, day)),
        );
      }
      return query.execute({ signal });
    },
  });
