/** @module The environment of a program, without the secrets of the node or the application. */

/** The variables that programs need to find other programs and their user's files, and to format text and times. */
const PASSED_ON = /^(PATH|HOME|USER|LOGNAME|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR)$/;

/** The variables inherited from the node, plus those that the generator's author adds; undefined removes one. */
export function programEnvironment(
  surrounding: Readonly<Record<string, string | undefined>>,
  added: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const passedOn = Object.entries(surrounding).filter(([name]) => PASSED_ON.test(name));
  return Object.fromEntries(
    Object.entries({ ...Object.fromEntries(passedOn), ...added }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
}
