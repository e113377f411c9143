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

/** Says in the console what is wrong with which element, and how to fix it. The property has the attribute's name. */
export function complain(element: Element, name: string, given: Unreadable): void {
  const advice = given.text.includes("[object ")
    ? `The framework converted an object to text: set the property "${name}" instead, or pass JSON.stringify(value).`
    : "Names and strings in JSON need double quotes.";
  console.error(
    `carryout: the attribute "${name}" of <${element.localName}> must be JSON, not ${JSON.stringify(given.text.slice(0, 80))}. ${advice}`,
    element,
  );
}
