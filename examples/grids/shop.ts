/** A few hundred orders, made up but always the same, some of them with gaps. */
import { openShop } from "./orders.ts";

const NAMES = ["Ann", "Émile", "Joanna", "Zoë", "O'Neill", "Li", "Łukasz", "100% Ltd"];
const CITIES = ["Berlin", "Málaga", "Århus", "Łódź", null, "", "Rome"];

export interface Order {
  id: number;
  customer: string;
  city: string | null;
  total: number | null;
  placed: string;
  paid: boolean;
}

export function makeShop(): void {
  using db = openShop(false);
  db.exec(`CREATE TABLE IF NOT EXISTS orders
    (id INTEGER PRIMARY KEY, customer TEXT, city TEXT, total REAL, placed TEXT, paid INTEGER)`);
  const insert = db.prepare("INSERT OR IGNORE INTO orders VALUES (?, ?, ?, ?, ?, ?)");
  for (let id = 1; id <= 400; id++) {
    const day = new Date(Date.UTC(2026, 0, (id * 7) % 365)).toISOString().slice(0, 10);
    const total = id % 11 === 0 ? null : ((id * 37) % 1000) / 4;
    insert.run(id, NAMES[id % 8]!, CITIES[(id * 3) % 7] as string, total, day, id % 3 === 0 ? 1 : 0);
  }
}

export function allOrders(): Order[] {
  using db = openShop();
  const rows = db.prepare("SELECT * FROM orders ORDER BY id").all();
  return rows.map((row) => ({ ...row, paid: row.paid === 1 }) as unknown as Order);
}
