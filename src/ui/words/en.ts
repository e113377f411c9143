/** @module The words of the elements in English: the default. `{name}` stands for a value. */

import type { formEnglish } from "./en-form.ts";

export const english = {
  /** `{format}` is "PDF" for the kind "cities.pdf". */
  button: "Download {format}",
  /** `{format}` where a kind has no file extension. */
  file: "file",
  /** A download before its file has a name. */
  named: "{name} ({format})",
  /** Label of the choice between several kinds. */
  choice: "Format",
  title: "Generating downloadable file",
  starting: "Starting…",
  next: "next in line",
  position: "number {position} in line",
  wait: "ready in about {range}",
  generating: "Generating file…",
  progress: "File generation",
  count: "{done} of {total}",
  /** While the total is unknown. */
  countSoFar: "{done} so far",
  timeLeft: "about {range} left",
  timeLeftUnder: "less than {range} left",
  finishing: "Finishing the file…",
  moving: "Looking for another server…",
  moved: "Moved to another server, nothing lost",
  retrying: "Trying again after an error",
  ready: "Your file is ready",
  until: "available until {time}",
  /** In a list. */
  untilShort: "until {time}",
  justNow: "just now",
  /** Requests the same again beside a finished file. */
  newFile: "Make a new one",
  /** A link to the last file follows while the next one is made. */
  previous: "Previous file:",
  failed: "The file could not be generated",
  /** Why, where the application did not say so. */
  tooSlow: "It took too long.",
  tooLarge: "It is too large.",
  notOffered: "Files of this kind can’t be made at the moment.",
  broken: "Something went wrong on the server.",
  lost: "The file no longer exists. Request it again.",
  /** For those who look for the reason. */
  reference: "Reference: {id}",
  refused: "The download could not be started",
  busy: "The server is busy. Try again in a moment.",
  tooMany: "Too many of your downloads are unfinished. Wait for one, or cancel one.",
  notAllowed: "You may not download this.",
  gone: "This download no longer exists.",
  invalid: "Some settings were not accepted: {names}.",
  /** On another kind's button; `{name}` is what is running. */
  otherKind: "Your download of {name} is running. This button comes back when it is done.",
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
  linkTo: "Download {name}",
  /** Accessible names in a list, where `{name}` identifies the file. */
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
  inProgress: "{count} in progress",
  readyCount: "{count} ready",
  more: "Show more",
  clear: "Clear finished",
  clearSure: "Remove {count} for good",
  /** The document's title while something runs; empty leaves the title alone. */
  documentTitle: "{percent} · {title}",
};

/** All words of a language. */
export type Words = Record<keyof typeof english | keyof typeof formEnglish, string>;
