/** @module Has PostgreSQL itself write down what it accepts: a row per write to a slot, in the same transaction. */

import type { Download } from "../../src/download/download.ts";
import type { AcceptedRecord } from "./accepted-records.ts";
import type { PostgresServer } from "./postgres.testing.ts";

type Database = Pick<PostgresServer, "query">;

/** From now on, for the cluster in the default schema. Whoever replicates this server has the notes too. */
export async function witnessSlots(server: Database): Promise<void> {
  await server.query("CREATE TABLE public.accepted (number bigserial, key text, doc text)");
  await server.query(`CREATE FUNCTION public.note_accepted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
      INSERT INTO public.accepted (key, doc) VALUES (new.key, new.doc);
      RETURN NULL;
    END $$`);
  await server.query(`CREATE TRIGGER note AFTER INSERT OR UPDATE ON carryout.slot
    FOR EACH ROW EXECUTE FUNCTION public.note_accepted()`);
}

/** The writes so far, to each key in the order in which they were accepted. */
export async function acceptedBy(server: Database): Promise<AcceptedRecord[]> {
  const rows = await server.query<{ key: string; doc: string | null }>(
    "SELECT key, doc FROM public.accepted ORDER BY number",
  );
  return rows.map(({ key, doc }) => ({ key, download: doc === null ? null : (JSON.parse(doc) as Download) }));
}
