/** @module A stand-in for a database table of orders. */

export interface Order {
  id: number;
  year: number;
  cents: number;
}

const ORDERS: readonly Order[] = Array.from({ length: 3_000 }, (_, index) => ({
  id: index + 1,
  year: 2024 + Math.floor(index / 1_500),
  cents: ((index * 7919) % 100_000) + 100,
}));

/** At most `limit` orders of the year whose id is greater, by ascending id. */
export async function ordersAfter(id: number, year: number, limit: number): Promise<Order[]> {
  return ORDERS.filter((order) => order.id > id && order.year === year).slice(0, limit);
}

/** The greatest id among the year's orders, or null when there are none. */
export async function lastOrder(year: number): Promise<number | null> {
  return ORDERS.findLast((order) => order.year === year)?.id ?? null;
}

export function toCsv({ id, year, cents }: Order): string {
  return `${id},${year},${(cents / 100).toFixed(2)}\r\n`;
}
