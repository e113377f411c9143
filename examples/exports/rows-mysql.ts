import { mysqlDriver, sqlRows } from "carryout/export";
import type { Pool } from "mysql2/promise";

export const customers = (pool: Pool) =>
  sqlRows({
    driver: mysqlDriver(pool),
    select: "SELECT id, name, country FROM customers",
    key: "id",
    snapshot: true,
  });
