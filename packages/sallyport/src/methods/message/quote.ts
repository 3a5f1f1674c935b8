/**
 * Words that came from a person or a browser (a method's name, a user agent), made fit to stand in a message of ours:
 * one line, at most `limit` characters, nothing that reorders or hides text, and nothing a mail or message app would
 * turn into a link.
 */
export function quote(words: string, limit: number): string {
  const line = words
    .replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replace(/:\/\/+/g, ' ')
    .replace(/@/g, ' at ')
    .replace(/([.\u3002\uff0e\uff61])(?=[\p{L}\p{N}-]*\p{L})/gu, '$1 ')
    .replace(/ {2,}/g, ' ')
    .trim()
  const characters = Array.from(line)
  return characters.length > limit
    ? `${characters
        .slice(0, limit - 3)
        .join('')
        .trimEnd()}...`
    : line
}
