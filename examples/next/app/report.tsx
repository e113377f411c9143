"use client";

import { useDownload } from "../downloads.ts";

export function Report() {
  const { state, progress, link, error, start, cancel, fetched } = useDownload("report", {}, { slot: "own" });
  if (link) {
    return (
      <a href={link.href} download={link.download} onClick={fetched}>
        Save {link.download}
      </a>
    );
  }
  return (
    <p>
      {state === "idle" || state === "error" ? (
        <button type="button" onClick={start}>
          Make a report
        </button>
      ) : (
        <button type="button" onClick={cancel}>
          Stop
        </button>
      )}
      <progress aria-label="Report" value={progress ?? undefined} />
      {error && <span role="alert">{error.message}</span>}
    </p>
  );
}
