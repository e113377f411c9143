/** @module When a page should refresh at once: back online, visible again, or restored from the page cache. */

/** `certain`: the connection can't have survived. Otherwise it may well be alive. */
export type WakeHandler = (certain: boolean) => void;

/** Calls the handler at every wake-up until unsubscribed. Does nothing outside a page. */
export function onWake(handler: WakeHandler): () => void {
  if (typeof document === "undefined") return () => {};
  const online = () => handler(true);
  const visible = () => {
    if (document.visibilityState === "visible") handler(false);
  };
  const shown = (event: PageTransitionEvent) => {
    if (event.persisted) handler(true);
  };
  addEventListener("online", online);
  addEventListener("pageshow", shown);
  document.addEventListener("visibilitychange", visible);
  return () => {
    removeEventListener("online", online);
    removeEventListener("pageshow", shown);
    document.removeEventListener("visibilitychange", visible);
  };
}
