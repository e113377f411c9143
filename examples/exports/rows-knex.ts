import { keyset } from "carryout/export";
import type { Knex } from "knex";

export interface Place {
  id: number;
  name: string;
}

export const byKnex = (knex: Knex) =>
  keyset<Place, "id">({
    key: "id",
    page: async ({ after, limit }) => {
      const query = knex<Place>("places").select("id", "name").orderBy("id").limit(limit);
      return after === undefined ? query : query.where("id", ">", after.id);
    },
  });
