/** @module Classes of characters that matter for typesetting. */

/** Scripts whose characters are one glyph each, left to right, in the order of the text. */
const SINGLE =
  /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Armenian}\p{Script=Georgian}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Common}]$/u;
const HANGUL_SYLLABLE = /^[\uac00-\ud7a3]$/;
/** Combines with the preceding character, or has no form of its own. */
const JOINED = /^[\p{M}\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Emoji_Modifier}]$/u;
/** Common to scripts that need shaping or run to the left: Arabic punctuation and digits, signs of Indic scripts. */
const COMMON_TO_OTHERS = /^[\u0600-\u06ff\u0964\u0965\u0e3f]$/;
const RIGHT_TO_LEFT =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\u0600-\u07bf\u202b\u202e\u2067\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** True when the character's glyph does not depend on its neighbours. */
export function isSingle(character: string): boolean {
  if (HANGUL_SYLLABLE.test(character)) return true;
  return SINGLE.test(character) && !JOINED.test(character) && !COMMON_TO_OTHERS.test(character);
}

/** Marks and signs that use the font of the preceding character. */
export function isJoined(character: string): boolean {
  return JOINED.test(character);
}

export function hasRightToLeft(text: string): boolean {
  return RIGHT_TO_LEFT.test(text);
}

/** Characters that print nothing; fonts need no glyph for them. */
const INVISIBLE = /[\p{Cc}\u00ad\u200b\u2060\ufeff]|\p{Variation_Selector}|[\u{e0000}-\u{e007f}]/gu;

/** Composed text (NFC) without unprintable characters, with tabs as spaces. Line ends are left to the caller. */
export function printable(text: string): string {
  return text.normalize("NFC").replaceAll("\t", "    ").replace(INVISIBLE, "");
}

const LINE_END = /\r\n|[\n\r\u0085\u2028\u2029]/;

/** The texts between line ends. */
export function paragraphs(text: string): string[] {
  return text.split(LINE_END);
}

/**
 * Pieces after which a line may break: words with the following space or hyphen, and single characters of the scripts
 * that are written without spaces, with the closing marks that may not begin a line.
 */
const PIECE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff00-\uffef][\u3001\u3002\uff0c\uff0e\uff1a\uff1b\uff01\uff1f\u300d\u300f\u3011\u3009\u300b\uff09\u30fc]*|\s+|[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff00-\uffef]+?(?:[-–—/](?=[^\s\d])|(?=[\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff00-\uffef])|$)/gu;

export function pieces(text: string): string[] {
  return text.match(PIECE) ?? [];
}
