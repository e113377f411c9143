/** @module Pages that nobody sees: in the background, in the page cache, or frozen. */

/** True outside a page as well. */
export function pageIsVisible(): boolean {
  return typeof document === "undefined" || document.visibilityState === "visible";
}

interface Absence {
  leave(): void;
  comeBack(): void;
}

/**
 * A page that is put aside must not lead the others: it leaves, and comes back when it is shown or runs again. It also
 * leaves when it is closed for good, so that the others need not wait for a timeout. Until the signal aborts.
 */
export function leaveWhileAway(signal: AbortSignal, { leave, comeBack }: Absence): void {
  if (typeof addEventListener !== "function" || typeof document === "undefined") return;
  addEventListener(
    "pagehide",
    ({ persisted }) => {
      leave();
      if (persisted) addEventListener("pageshow", comeBack, { once: true });
    },
    { signal },
  );
  const freeze = () => {
    leave();
    document.addEventListener("resume", comeBack, { once: true });
  };
  document.addEventListener("freeze", freeze, { signal });
}
