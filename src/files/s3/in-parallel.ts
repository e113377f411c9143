/** @module Some work on each of many items, a few at a time. */

/** Begins nothing more after the first failure, and rejects with it when all that was begun has ended. */
export async function inParallel<Item>(
  items: readonly Item[],
  atATime: number,
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const waiting = items.values();
  let failure: { error: unknown } | null = null;
  const worker = async () => {
    for (const item of waiting) {
      if (failure !== null) return;
      try {
        await work(item);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: atATime }, worker));
  if (failure !== null) throw (failure as { error: unknown }).error;
}
