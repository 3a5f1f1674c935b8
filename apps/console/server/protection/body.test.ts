import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { wholeBody } from './body.ts'
import type { ConsoleEnv } from './environment.ts'

/** Tells whether the body was here when the request got past, and gives it back. */
function echo() {
  const passed: boolean[] = []
  let arrived = false
  const app = new Hono<ConsoleEnv>()
  app.use(wholeBody, async (_, next) => {
    passed.push(arrived)
    await next()
  })
  app.all('/', async (c) => c.text(await c.req.raw.text()))
  const send = (body: ReadableStream | string, headers: Record<string, string> = {}) =>
    app.request('/', { method: 'POST', body, headers, ...(typeof body === 'string' ? {} : { duplex: 'half' }) })
  return { send, app, passed, arrive: () => (arrived = true) }
}

function inParts(parts: readonly string[], atTheEnd: (stream: ReadableStreamDefaultController) => void) {
  return new ReadableStream({
    async start(stream) {
      for (const part of parts) stream.enqueue(new TextEncoder().encode(part))
      await Promise.resolve()
      atTheEnd(stream)
    },
  })
}

test.each([{}, { 'content-length': '6' }])(
  'RP-13 nothing goes on before the last of a body is here: %j',
  async (headers) => {
    const { send, passed, arrive } = echo()
    const body = inParts(['abc', 'def'], (stream) => {
      arrive()
      stream.close()
    })
    expect(await (await send(body, headers)).text()).toBe('abcdef')
    expect(passed).toEqual([true])
  },
)

test.each([{}, { 'content-length': '9' }])('a body that is cut off goes no further: %j', async (headers) => {
  const { send, passed } = echo()
  const cut = await send(
    inParts(['abc'], (stream) => stream.error(new Error('the connection is gone'))),
    headers,
  )
  expect([cut.status, passed]).toEqual([400, []])
})

test.each([{}, { 'content-length': '70000' }])('DS-05 a large body goes no further: %j', async (headers) => {
  const { send, passed } = echo()
  expect([(await send('x'.repeat(70_000), headers)).status, passed]).toEqual([413, []])
})

test('what changes nothing has no body to wait for', async () => {
  const { app, passed } = echo()
  expect((await app.request('/')).status).toBe(200)
  expect(passed).toHaveLength(1)
})
