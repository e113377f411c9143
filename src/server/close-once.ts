/** @module Closes together what was opened together. */

/** Hands responsibility for closing to the caller; the returned function closes only once. */
export function closeOnce(opened: AsyncDisposableStack): () => Promise<void> {
  const running = opened.move();
  let closing: Promise<void> | null = null;
  return () => {
    closing ??= running.disposeAsync();
    return closing;
  };
}
