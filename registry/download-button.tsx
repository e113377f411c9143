"use client";

import { useDownload } from "carryout/react";
import { Button } from "@/components/ui/button";
import { Progress } from "@/components/ui/progress";

interface DownloadButtonProps {
  kind: string;
  params?: Record<string, unknown>;
  /** Buttons of one slot take turns. */
  slot?: string;
  label: string;
}

export function DownloadButton({ kind, params, slot, label }: DownloadButtonProps) {
  const { state, other, progress, link, error, start, retry, cancel, dismiss, fetched } = useDownload(
    kind,
    params,
    { slot },
  );
  const percent = progress === null ? null : Math.floor(progress * 100);

  if (link) {
    return (
      <div className="flex flex-wrap items-center gap-2">
        <Button asChild>
          <a href={link.href} download={link.download} onClick={fetched}>
            Download {link.download}
          </a>
        </Button>
        <Button variant="ghost" onClick={dismiss}>
          Dismiss
        </Button>
      </div>
    );
  }
  if (error) {
    return (
      <div className="grid gap-2" role="alert">
        <p className="text-sm text-destructive">{error.message}</p>
        <div className="flex gap-2">
          {error.retriable && (
            <Button variant="outline" onClick={retry}>
              Retry
            </Button>
          )}
          <Button variant="ghost" onClick={dismiss}>
            Dismiss
          </Button>
        </div>
      </div>
    );
  }
  if (state === "idle") {
    return (
      <Button onClick={start} disabled={other !== null}>
        {label}
      </Button>
    );
  }
  return (
    <div className="grid gap-2">
      <p className="text-sm" role="status">
        {state === "processing" ? "Making the file…" : "Waiting for a free place…"}
      </p>
      <Progress value={percent} aria-label={label} />
      <div className="flex items-center justify-between text-sm text-muted-foreground">
        <span>{percent === null ? "" : `${percent}%`}</span>
        <Button variant="ghost" size="sm" onClick={cancel} disabled={state === "starting"}>
          Cancel
        </Button>
      </div>
    </div>
  );
}
