/** @module The migration from one record for a whole download to its slot, its work and its history. */

import type { DatabaseSync } from "node:sqlite";
import { encodeDownload } from "../../download/codec.ts";
import { isFinished } from "../../download/download.ts";
import { downloadKey } from "../../download/key.ts";
import { divided } from "../../download/old-record.ts";
import { encodeMark, encodeSaved } from "../../download/work-codec.ts";
import { HistoryRows } from "./history-rows.ts";

const ROWS = 1_000;

/** Part of a migration's transaction. Unreadable records stay where they are, for another version or a repair. */
export function divideDownloads(database: DatabaseSync): void {
  const some = database.prepare(
    "SELECT version, record FROM slots WHERE version > ? AND record IS NOT NULL ORDER BY version LIMIT ?",
  );
  const rewrite = database.prepare("UPDATE slots SET record = ? WHERE version = ?");
  const remove = database.prepare("DELETE FROM slots WHERE version = ?");
  const mark = database.prepare("INSERT INTO marks (version, key, record) VALUES (?, ?, ?)");
  const save = database.prepare("INSERT INTO saved (version, key, record) VALUES (?, ?, ?)");
  const history = new HistoryRows(database);
  for (let last = 0; ; ) {
    const rows = some.all(last, ROWS) as unknown as { version: number; record: string }[];
    for (const { version, record } of rows) {
      const { value } = divided(record);
      if (value === null) continue;
      const { download } = value;
      const key = downloadKey(download.user, download.id);
      if (isFinished(download)) {
        history.put(download, encodeDownload(download), version);
        remove.run(version);
        continue;
      }
      rewrite.run(encodeDownload(download), version);
      if (value.mark) mark.run(version, key, encodeMark(value.mark));
      if (value.saved) save.run(version, key, encodeSaved(value.saved));
    }
    const newest = rows.at(-1)?.version;
    if (newest === undefined) return;
    last = newest;
  }
}
