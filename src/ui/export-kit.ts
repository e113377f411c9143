/** @module All that only a form needs. A file of its own, loaded with the first form: most pages have none. */

export {
  COLUMNS,
  chosenIn,
  combined,
  differences,
  exportForm,
  fieldName,
  KIND,
  mistakesIn,
  requestFor,
} from "./export-form.ts";
export { controlsHtml } from "./export-html.ts";
export { markCount, markMistakes } from "./export-marks.ts";
export { lastChosen, rememberChosen } from "./export-memory.ts";
export { mistakeText } from "./export-mistakes.ts";
export { formEnglish } from "./words/en-form.ts";
