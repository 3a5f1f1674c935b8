import type { FieldError } from 'sallyport/http'

export const longestName = 60

/** Controls, what has no width or reorders text, line breaks, halves of characters, and what is blank or not shown at all. */
const unseen = /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\u2800]/u

/**
 * The name a person gave to a thing of theirs, in the one spelling in which it is kept. Null when it is empty, longer
 * than 60 characters, or holds something nobody can see: two names that look alike are to be the same.
 */
export function visibleName(text: string): string | null {
  return visibleLine(text, longestName)
}

/** The same for any line of text. */
export function visibleLine(text: string, longest: number): string | null {
  const line = text.normalize('NFC').replace(/\s+/gu, ' ').trim()
  return line === '' || line.length > longest || unseen.test(line) ? null : line
}

export const nameInvalid: FieldError = {
  field: 'name',
  code: 'name_invalid',
  message: `Give it a name of 1 to ${longestName} visible characters.`,
}
