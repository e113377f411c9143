/** @module Finds out whether a pooler stands before the server that gives each transaction another connection. */

import type { Client } from "pg";
import type { Clock } from "../../../ports/clock.ts";
import { breakOff, type Dialled } from "./dial.ts";
import { ConnectionLost } from "./postgres-errors.ts";

/**
 * "none": a connection is a session of the server, directly or through a pooler that keeps it so. "transaction": LISTEN
 * hears nothing, and locks and settings of a session are those of anybody.
 */
export type Pooling = "none" | "transaction";

const ANSWER_MS = 1_000;

/**
 * A pooler accepts LISTEN and session locks without a word. So: a second connection begins a transaction, which takes
 * the server's connection that the first one had last; the first is then served by another. If the pooler hands them out
 * in another order, the first does not hear a notification. Ends both connections. Errors: `ConnectionLost`.
 */
export async function poolingOf(first: Dialled, second: Dialled, clock: Clock): Promise<Pooling> {
  try {
    return await compare(first, second, clock);
  } finally {
    breakOff(first.client);
    breakOff(second.client);
  }
}

async function compare({ client }: Dialled, { client: other }: Dialled, clock: Clock): Promise<Pooling> {
  const answer = <Result>(work: Promise<Result>) => within(work, clock);
  const channel = `carryout_probe_${clock.id().replaceAll("-", "_")}`;
  const heard = new Promise<true>((resolve) => client.on("notification", () => resolve(true)));
  const before = await answer(pidOf(client));
  // A pooler makes up the number that is told at connect.
  const isPooled = before !== (client as unknown as { processID: number }).processID;
  await answer(client.query(`LISTEN "${channel}"`));
  await answer(other.query("BEGIN"));
  const during = await answer(pidOf(client)).catch((error: unknown) => {
    // It waits for the only connection of the pool.
    if (isPooled) return null;
    throw error;
  });
  if (during !== before) return "transaction";
  await answer(other.query(`NOTIFY "${channel}"`));
  await answer(other.query("COMMIT"));
  return (await Promise.race([heard, clock.sleep(ANSWER_MS)])) === true ? "none" : "transaction";
}

async function pidOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  return rows[0]!.pid;
}

function within<Result>(work: Promise<Result>, clock: Clock): Promise<Result> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new ConnectionLost(`no answer within ${ANSWER_MS} ms`, { sent: true }));
    const cancel = clock.after(ANSWER_MS, late);
    work.then(resolve, reject).finally(cancel);
  });
}
