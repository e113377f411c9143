/** @module Removes secrets from texts: passwords in URLs, tokens. */

const LONGEST = 1_000;
const USER_INFO = new RegExp(`//[^\\s"]{1,${LONGEST}}@`, "g");
const PARAMETER = new RegExp(
  `([?&](?:[\\w-]*(?:token|secret|password)|signature|sig)=)[^&\\s"#]{1,${LONGEST}}`,
  "gi",
);
const BEARER = new RegExp(`\\b(Bearer|Basic) [\\w.~+/=-]{8,${LONGEST}}`, "g");

/** Names of fields, headers and settings whose values are secret. */
const SECRET_NAME =
  /(secrets?|tokens?|passwords?|passwd|passphrase|cookies?|authorization|credentials?|api[-_]?keys?|private[-_]?keys?)$/i;

export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** The text with the user and password of its URLs, their secret parameters and its tokens left out. */
export function withoutSecrets(text: string): string {
  return text.replace(USER_INFO, "//…@").replace(PARAMETER, "$1…").replace(BEARER, "$1 …");
}
