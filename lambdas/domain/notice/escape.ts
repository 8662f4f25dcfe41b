/**
 * Makes text harmless in chats. Separate because names of branches and messages of builds are hostile: `<!channel>` would call
 * everybody, a backtick would end a code span, and control characters would turn lines around.
 * Source: https://docs.slack.dev/messaging/formatting-message-text#escaping
 */

/**
 * Invisible: control characters other than line feed, zero-width and tag characters, and those that change the direction of writing.
 */
const INVISIBLE = /(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** Text as text: nothing in it is a mention, a link or a format. */
export function plain(text: string): string {
  return visible(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[*_~]/g, '\u200b$&');
}

/** Text as a code span, on one line. */
export function code(text: string): string {
  return `\`${inCode(text).replaceAll('\n', ' ')}\``;
}

/** Characters of a block; with every one of them escaped it still fits into a message beside everything else. */
const LONGEST_BLOCK = 2_000;

/** Text as a block of code; of a long one the beginning and the end, where reasons stand. */
export function block(text: string): string {
  const escaped = inCode(text);
  const half = LONGEST_BLOCK / 2;
  const shown =
    escaped.length <= LONGEST_BLOCK ? escaped : `${whole(escaped.slice(0, half))}\n…\n${escaped.slice(-half)}`;
  return `\`\`\`\n${shown}\n\`\`\``;
}

/** Without an escape or a character that was cut in two. */
function whole(text: string): string {
  return text.replace(/&[a-z]*$|[\uD800-\uDBFF]$/u, '');
}

/** Invisible characters as `\u{…}`, for terminals and logs too. */
export function visible(text: string): string {
  return text.replaceAll(INVISIBLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

function inCode(text: string): string {
  return visible(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('`', '\u02cb');
}
