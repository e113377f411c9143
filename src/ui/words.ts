/** @module Every word the elements say. Replace some or all; `{name}` stands for a value. */

export const defaultWords = {
  /** `{format}` is "PDF" for the kind "cities.pdf". */
  button: "Download {format}",
  /** Label of the choice between several kinds. */
  choice: "Format",
  /** Of an export's form. */
  columns: "Columns",
  columnCount: "{count} of {total}",
  all: "All",
  none: "None",
  /** The first option of a filter that may be left open. */
  any: "Any",
  /** The first option of one that may not. */
  select: "Choose…",
  required: "(required)",
  /** Shows the form beside a finished file. */
  again: "New export",
  loading: "Loading…",
  /** In place of a form. */
  noForm: "The form could not be loaded.",
  mistakes: "Check the marked fields.",
  title: "Generating downloadable file",
  starting: "Starting…",
  position: "{ordinal} in line",
  wait: "ready in about {range}",
  generating: "Generating file…",
  progress: "File generation",
  count: "{done} of {total}",
  /** While the total is unknown. */
  countSoFar: "{done} so far",
  timeLeft: "about {range} left",
  timeLeftUnder: "less than {range} left",
  finishing: "Finishing the file…",
  moving: "Looking for another node…",
  moved: "Moved to another node, nothing lost",
  retrying: "Retrying after an error",
  ready: "Your file is ready",
  link: "Download file",
  until: "available until {time}",
  failed: "The file could not be generated",
  /** Which download failed: `{kind}` and when it was requested. */
  askedAt: "{kind}, asked for {time}",
  refused: "The download could not be started",
  /** On another kind's button; `{kind}` is what is running. */
  otherKind: "Your download of {kind} is running. This button comes back when it is done.",
  /** The same while the same kind runs with other parameters. */
  otherRequest: "Another download is running. This button comes back when it is done.",
  /** Under a button with unreadable attributes. */
  unusable: "This button is not set up correctly.",
  reconnecting: "Connection lost, trying again…",
  signedOut: "Your session has ended. Sign in again, or reload the page.",
  noCookies:
    "Your browser blocks cookies for this page, so it could not receive a file. Allow cookies, or open the page in its own window.",
  unreachable: "The server could not be reached.",
  retry: "Retry",
  cancel: "Cancel",
  dismiss: "Dismiss",
  /** Accessible name in a list, where `{name}` identifies the file. */
  linkTo: "Download {name}",
  linkShort: "Download",
  retryOf: "Retry {name}",
  cancelOf: "Cancel {name}",
  dismissOf: "Dismiss {name}",
  notify: "Notify me when ready",
  notifying: "You will be notified",
  /** For screen readers only. */
  heardPercent: "{percent} generated",
  heardCancelled: "Download removed",
  tray: "Your downloads",
  empty: "Nothing here yet. Files you ask for appear here.",
  clear: "Clear list",
  clearSure: "Remove {count} for good",
  /** The document's title while something runs; empty leaves the title alone. */
  documentTitle: "{percent} · {title}",
};

export type Words = Record<keyof typeof defaultWords, string>;

/** Fills values into a text. A placeholder without a value is kept, so that the mistake is visible. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** The default words, overridden by the first argument that has them. Values that are not strings are ignored. */
export function wordsWith(...overrides: readonly unknown[]): Words {
  const words: Words = { ...defaultWords };
  for (const override of [...overrides].reverse()) {
    for (const [name, text] of Object.entries(override ?? {})) {
      if (name in words && typeof text === "string") words[name as keyof Words] = text;
    }
  }
  return words;
}

/** "PDF" for "cities.pdf", "file" if the kind has no file extension. */
export function formatOf(kind: string): string {
  const ending = /\.([a-z0-9]{2,6})$/i.exec(kind)?.[1];
  return ending ? ending.toUpperCase() : "file";
}
