"use client";

import { type DownloadView, useDownloads } from "carryout/react";
import { Button } from "@/components/ui/button";
import { Progress } from "@/components/ui/progress";

export function DownloadTray() {
  const { downloads, connection, hasMore, more } = useDownloads();
  return (
    <section aria-labelledby="downloads" className="grid gap-3">
      <h2 id="downloads" className="text-lg font-semibold">
        Your downloads
      </h2>
      {connection === "waiting" && (
        <p className="text-sm text-muted-foreground">Connection lost, trying again…</p>
      )}
      {connection === "signed-out" && (
        <p className="text-sm text-destructive">Your session has ended. Sign in again.</p>
      )}
      {downloads.length === 0 && <p className="text-sm text-muted-foreground">Nothing here yet.</p>}
      <ul className="grid gap-2">
        {downloads.map((download) => (
          <DownloadItem key={download.id} download={download} />
        ))}
      </ul>
      {hasMore && (
        <Button variant="outline" onClick={more}>
          Show more
        </Button>
      )}
    </section>
  );
}

function DownloadItem({ download }: { download: DownloadView }) {
  const { remove, retry, fetched } = useDownloads();
  const { id, state, file, kind, percent, error } = download;
  const name = file?.name ?? kind;
  const isRunning = state === "pending" || state === "processing";
  return (
    <li className="grid gap-2 rounded-lg border p-3">
      <div className="flex items-baseline justify-between gap-2">
        <span className="truncate font-medium">{name}</span>
        <span className="text-sm text-muted-foreground">{factOf(download)}</span>
      </div>
      {isRunning && <Progress value={state === "processing" ? percent : null} aria-label={name} />}
      {error && <p className="text-sm text-destructive">{error.message}</p>}
      <div className="flex gap-2">
        {file && (
          <Button asChild size="sm">
            <a
              href={file.url}
              download={file.name}
              aria-label={`Download ${name}`}
              onClick={() => fetched(id)}
            >
              Download
            </a>
          </Button>
        )}
        {error?.retriable && (
          <Button size="sm" variant="outline" aria-label={`Retry ${name}`} onClick={() => retry(id)}>
            Retry
          </Button>
        )}
        <Button
          size="sm"
          variant="ghost"
          aria-label={`${isRunning ? "Cancel" : "Dismiss"} ${name}`}
          onClick={() => remove(id)}
        >
          {isRunning ? "Cancel" : "Dismiss"}
        </Button>
      </div>
    </li>
  );
}

/** The one thing to know about it now. */
function factOf({ state, position, percent, file }: DownloadView): string {
  if (state === "pending") return position === null ? "Starting…" : `Waiting, ${position} in line`;
  if (state === "processing") return percent === null ? "Running" : `${percent}%`;
  return file ? size(file.size) : "Failed";
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

function size(bytes: number): string {
  const unit = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const format = { style: "unit", unit: UNITS[unit], maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat("en", format).format(bytes / 1000 ** unit);
}
