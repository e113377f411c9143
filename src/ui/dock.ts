/** @module Where the tray is: in the page, or a bar at the bottom of a narrow window that opens as a sheet. */

/** Phones: the width in which a tray beside the page has no room. */
const NARROW = "(max-width: 480px)";
/** The height of the bar, which scrolling keeps free, so that the bar hides nothing that has focus. */
const BAR = "4rem";

export class Dock {
  readonly #element: Element & { dock: string };
  #query: MediaQueryList | null = null;
  isOpen = false;

  constructor(element: Element & { dock: string }) {
    this.#element = element;
  }

  isDocked(dock: string): boolean {
    return dock === "always" || (dock !== "never" && (this.#query?.matches ?? false));
  }

  /** Calls back when the window becomes narrow or wide, until the returned function is called. */
  watch(onChange: () => void): () => void {
    const query = matchMedia(NARROW);
    this.#query = query;
    const changed = () => {
      this.#keepFree();
      onChange();
    };
    changed();
    query.addEventListener("change", changed);
    return () => {
      query.removeEventListener("change", changed);
      this.#query = null;
      this.#keepFree();
    };
  }

  /** Only where the page has no padding of its own. */
  #keepFree(): void {
    const { style } = document.documentElement;
    const isDocked = this.#query !== null && this.isDocked(this.#element.dock);
    if (isDocked && style.scrollPaddingBottom === "") style.scrollPaddingBottom = BAR;
    else if (!isDocked && style.scrollPaddingBottom === BAR) style.scrollPaddingBottom = "";
  }
}
