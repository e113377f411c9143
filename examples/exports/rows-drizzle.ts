import { keyset } from "carryout/export";
import { asc, gt } from "drizzle-orm";
import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import { integer, pgTable, text } from "drizzle-orm/pg-core";

const places = pgTable("places", { id: integer().primaryKey(), name: text().notNull() });

export const byDrizzle = (db: NodePgDatabase) =>
  keyset<typeof places.$inferSelect, "id">({
    key: "id",
    page: ({ after, limit }) =>
      db
        .select()
        .from(places)
        .where(after && gt(places.id, after.id))
        .orderBy(asc(places.id))
        .limit(limit),
  });
