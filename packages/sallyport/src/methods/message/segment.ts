/** GSM 03.38 section 6.2.1, the default alphabet: one septet each. */
const basic = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
    '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
)
/** The extension table: an escape and a character, two septets each. */
const extension = new Set('\f^{}\\[~]|€')

/** Septets that `text` takes in GSM 7-bit, or null when it holds a character outside that alphabet. */
export function septets(text: string): number | null {
  let count = 0
  for (const character of text) {
    if (basic.has(character)) count += 1
    else if (extension.has(character)) count += 2
    else return null
  }
  return count
}

/** Whether `text` goes out as one text message: 160 septets, or 70 UTF-16 units when it needs UCS-2. */
export function fitsOneSegment(text: string): boolean {
  const count = septets(text)
  return count === null ? text.length <= 70 : count <= 160
}
