/** Roughly how much of it is in memory at once. */
const chunkLength = 16_384

/**
 * Among what JSON leaves as it is, and a stranger may have sent: what a terminal takes for an order (ECMA-48), what turns the
 * direction of writing, and what ends a line elsewhere.
 */
const unsafe = /[\u007f-\u009f\u2028\u2029\p{Cf}]/gu

function escaped(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
}

/** One object a line, as JSON. Nothing is taken from `objects` before it is asked for. */
export async function* ndjson(objects: AsyncIterable<object>): AsyncGenerator<Uint8Array, void> {
  const encoder = new TextEncoder()
  let chunk = ''
  for await (const object of objects) {
    chunk += `${JSON.stringify(object).replaceAll(unsafe, escaped)}\n`
    if (chunk.length < chunkLength) continue
    yield encoder.encode(chunk)
    chunk = ''
  }
  if (chunk !== '') yield encoder.encode(chunk)
}
