/** @module The environment of a program: none of the node's secrets, and none of the application's. */

/** What programs need to find others, their user's files, and how to write text and times. */
const PASSED_ON = /^(PATH|HOME|USER|LOGNAME|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR)$/;

/** Of the environment that surrounds it, and what the generator's author adds; undefined removes a name. */
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
