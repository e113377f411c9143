/** @module What was opened together is closed together. */

/** From here on it is the caller who closes, once. */
export function closeOnce(opened: AsyncDisposableStack): () => Promise<void> {
  const running = opened.move();
  let closing: Promise<void> | null = null;
  return () => {
    closing ??= running.disposeAsync();
    return closing;
  };
}
