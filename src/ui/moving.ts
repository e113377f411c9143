/** @module Animates elements from their old to their new position (first, last, invert, play). */

/** Positions by key, before a change of the document. */
export type Places = Map<string, DOMRect>;

export function placesOf(elements: Iterable<HTMLElement>): Places {
  return new Map(
    [...elements].map((element) => [element.dataset.key ?? "", element.getBoundingClientRect()]),
  );
}

/** Call it after the change. New elements fade in; does nothing for users who prefer reduced motion. */
export function glide(elements: Iterable<HTMLElement>, before: Places): void {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  for (const element of elements) {
    const from = before.get(element.dataset.key ?? "");
    if (!from) {
      element.animate({ opacity: [0, 1] }, { duration: 250, easing: "ease-out" });
      continue;
    }
    const to = element.getBoundingClientRect();
    const [x, y] = [from.left - to.left, from.top - to.top];
    if (Math.abs(x) < 1 && Math.abs(y) < 1) continue;
    // An element that moves to another card is drawn above the others; those that only make room are not.
    const lifted = Math.abs(x) > 40 ? { boxShadow: "0 8px 24px rgb(0 0 0 / 0.25)", zIndex: 10 } : {};
    element.animate(
      [
        { transform: `translate(${x}px, ${y}px)`, ...lifted },
        { transform: "none", ...lifted, offset: 0.85 },
        { transform: "none" },
      ],
      { duration: 700, easing: "cubic-bezier(0.3, 0.9, 0.3, 1)" },
    );
  }
}
