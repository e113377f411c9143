/** @module The English words that only an export's form says, which come with it: most pages have none. */

export const formEnglish = {
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
  /** What is wrong with a field. */
  needed: "Fill in this field.",
  needOne: "Choose at least one.",
  needNumber: "Enter a number.",
  needWhole: "Enter a whole number.",
  needAtLeast: "Enter {min} or more.",
  needAtMost: "Enter {max} or less.",
  needLonger: "Use at least {min} characters.",
  needShorter: "Use at most {max} characters.",
  notAccepted: "This value is not accepted.",
};
