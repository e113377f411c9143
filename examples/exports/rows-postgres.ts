import { pgDriver, sqlRows } from "carryout/export";
import type { Pool } from "pg";

export const measurements = (pool: Pool) =>
  sqlRows({
    driver: pgDriver(pool),
    select: "SELECT station, taken_at, celsius FROM measurements WHERE station = ANY ($1)",
    values: ({ stations }: { stations: string[] }) => [stations],
    key: ["taken_at", "station"], // microseconds and all
    descending: true,
  });
