/** @module Attributes that hold JSON, and handling of those that don't: some frameworks stringify objects. */

/** The property's value for an attribute that could not be parsed. */
export class Unreadable {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** JSON as its value, an `Unreadable` for anything else. */
export function readJson(text: string | null): unknown {
  if (text === null || text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return new Unreadable(text);
  }
}

/** Says in the console what is wrong with which element, and how to fix it. */
export function complain(element: Element, attribute: string, given: Unreadable): void {
  const property = attribute.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const advice = given.text.includes("[object ")
    ? `The framework converted an object to text: set the property "${property}" instead, or pass JSON.stringify(value).`
    : "Names and strings in JSON need double quotes.";
  console.error(
    `carryout: the attribute "${attribute}" of <${element.localName}> must be JSON, not ${JSON.stringify(given.text.slice(0, 80))}. ${advice}`,
    element,
  );
}
