/** @module The error for a grid's state that has no counterpart on the server. */

/** A filter that the export could not apply as the grid does: exporting other rows than those shown would be worse. */
export class UntranslatableError extends Error {
  override readonly name = "UntranslatableError";
  readonly column: string;

  constructor(grid: string, column: string, what: string, available: readonly string[]) {
    super(
      `${grid}: the filter of column "${column}" is ${what}, which has no translation ` +
        `(available: ${available.join(", ")}); give one with the option translate`,
    );
    this.column = column;
  }
}
