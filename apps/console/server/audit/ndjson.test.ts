import { expect, test } from 'vitest'
import { ndjson } from './ndjson.ts'

const words = 'plain words about rivers'

async function* objects(count: number, taken: { count: number }): AsyncGenerator<object, void> {
  try {
    for (let index = 0; index < count; index += 1) {
      taken.count += 1
      yield { index, words }
    }
  } finally {
    taken.count += 1_000_000
  }
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of chunks) text += decoder.decode(chunk, { stream: true })
  return text
}

test('N2 · is one object a line, whatever the objects hold, and nothing for none', async () => {
  const odd = [{ text: 'a\nb\u2028c' }, { text: '“ü”' }]
  async function* given(): AsyncGenerator<object, void> {
    yield* odd
  }
  const text = await textOf(ndjson(given()))
  expect(text.endsWith('\n')).toBe(true)
  expect(
    text
      .slice(0, -1)
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual(odd)
  expect(await textOf(ndjson(objects(0, { count: 0 })))).toBe('')
  expect((await textOf(ndjson(objects(5000, { count: 0 })))).split('\n')).toHaveLength(5001)
})

test('N2 · holds nothing that moves the cursor of a terminal, or that another program takes for the end of a line', async () => {
  const odd = { browser: '\u009b2J\u001b[2J\u0085\u007f\u2028\u2029\u202e\u{e0001}', words }
  async function* given(): AsyncGenerator<object, void> {
    yield odd
  }
  const line = (await textOf(ndjson(given()))).slice(0, -1)
  expect(line).toMatch(/^[\u0020-\u007e]+$/)
  expect(JSON.parse(line)).toEqual(odd)
})

test('N2 · takes as many as fill what is read next, and none before it is read', async () => {
  const taken = { count: 0 }
  const reader = ReadableStream.from(ndjson(objects(1_000_000, taken))).getReader()
  await Promise.resolve()
  expect(taken.count).toBe(0)
  const { value } = await reader.read()
  expect(value?.length).toBeLessThan(20_000)
  expect(taken.count).toBeLessThan(1000)
  // Whoever goes away ends what it is made from.
  await reader.cancel()
  expect(taken.count).toBeGreaterThan(1_000_000)
})
