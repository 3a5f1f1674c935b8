/**
 * Requests to every route, made up from the OpenAPI document and wrong in every way that fast-check and a list of what has gone
 * wrong elsewhere can think of, from everyone who could send one. Whatever comes, the answer is soon there and is no fault of
 * the server's; what is refused says so in a problem document with a known code, and has changed nothing.
 *
 * `npm run test:fuzz` sends 20,000, from a seed of its own each time; `SALLYPORT_TEST_REQUESTS` says how many, and
 * `SALLYPORT_TEST_SEED` runs a seed again. What fails is reduced as far as it still fails, and printed with its seed.
 */
import { randomInt } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { consoleErrors } from '../../apps/console/server/protection/problem.ts'
import { databases, runConsole } from '../support/console.ts'
import { testProvider } from '../support/oidc.ts'
import { everyRoute, nobodys } from '../support/routes.ts'
import { type ApiDocument, type OddRequest, oddRequests } from './odd-requests.ts'
import { changedIn, watching } from './rows.ts'
import { sidesOf, type Standing } from './sides.ts'
import { sendRaw, type WireAnswer, type WireRequest } from './wire.ts'

const asked = process.env['SALLYPORT_TEST_REQUESTS']
const given = process.env['SALLYPORT_TEST_SEED']
const requests = asked === undefined ? 900 : Number(asked)
/** Each costs more on PostgreSQL, and what it does differently are few things: text that it does not take, above all. */
const shares = { SQLite: 2 / 3, PostgreSQL: 1 / 3 } as const
const seed = given === undefined ? (asked === undefined ? 20_260_105 : randomInt(2 ** 31)) : Number(given)
const patienceMs = 5000
/** Headers beyond this are refused by Node, which may close the connection before the answer is read. */
const longHeaders = 15_000
const largeBody = 64 * 1024

describe.each(databases)('odd requests on %s', (on) => {
  const from = seed + databases.indexOf(on)
  const count = Math.ceil(requests * shares[on])
  test(
    `${count} of them are answered, and what is refused changes nothing`,
    { timeout: 60_000 + count * 200 },
    async () => {
      const provider = await testProvider()
      const running = await runConsole({
        on,
        providers: [provider.provider],
        trustedProxies: ['127.0.0.0/8'],
        resolveTxt: () => Promise.resolve([]),
      })
      await provider.serve(running.origin)
      const { id: providerId } = provider.provider
      const sides = await sidesOf(running, providerId)
      const watch = await watching(running)
      const document = (await (await fetch(`${running.origin}/api/openapi.json`)).json()) as ApiDocument
      const tally = new Map<string, number>()
      const note = (what: string): void => void tally.set(what, (tally.get(what) ?? 0) + 1)
      let slowest = 0
      let number = 0

      const property = fc.asyncProperty(oddRequests(document), async (odd) => {
        number += 1
        const standing = await sides.standing(odd.as)
        const sent = written(running.origin, odd, standing, number)
        await running.console.settled()
        const before = await watch.rows()
        const logged = running.log.length
        const answer = await sendRaw(running.origin, sent, patienceMs)
        const fault = faultOf(sent, answer)
        const said = (): string =>
          `${answer?.status} ${answer?.text.slice(0, 300)}\n${running.log.slice(logged).join('\n')}`
        if (fault !== null) throw new Error(`${fault}: ${said()}`)
        if (answer === null) return note('none')
        slowest = Math.max(slowest, answer.ms)
        const code = codeOf(answer)
        note(code === null ? String(answer.status) : code)
        const done = answer.status < 400 && !isSafe(sent.method)
        // With nothing to say: something is over, or is no more.
        if ((done && answer.status === 204) || answer.setCookies.some((line) => !line.includes('-browser=')))
          sides.spoil(odd.as)
        if (done) return
        await running.console.settled()
        const changed = changedIn(before, await watch.rows()).filter((table) => !mayChange(code).has(table))
        if (changed.length > 0) throw new Error(`it has changed ${changed.join(', ')}: ${said()}`)
      })
      try {
        await fc.assert(property, { numRuns: count, seed: from })
        if (asked !== undefined) {
          const counts = [...tally]
            .toSorted(([, one], [, other]) => other - one)
            .map(([what, times]) => `${what}: ${times}`)
          console.info(
            `${count} requests on ${on}, seed ${from}, the slowest ${Math.ceil(slowest)} ms\n${counts.join(', ')}`,
          )
        }
        // Or they have all failed at the first door and shown nothing.
        expect(tally.size, [...tally.keys()].join(', ')).toBeGreaterThan(count < 500 ? 5 : 25)
      } finally {
        await watch.close()
        await running.close()
        await provider.close()
      }
    },
  )
})

/** The request as it goes over the wire, with the ids and tokens of whoever sends it. */
function written(origin: string, odd: OddRequest, standing: Standing, number: number): WireRequest {
  const { known } = standing
  const [, template = ''] = odd.route.split(' ')
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => odd.path[name] ?? known[name] ?? nobodys)
  const body = bodyOf(odd, known)
  const cookies = new Map([...standing.cookies, ...Object.entries(odd.cookies)])
  const headers: Record<string, string | readonly string[] | null> = {
    host: new URL(origin).host,
    'user-agent': 'Visitor/1.0',
    // So that nobody is turned away for what others have tried.
    'x-forwarded-for': `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`,
    ...(cookies.size === 0 ? {} : { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') }),
    'content-type': 'application/json',
    ...standing.headers,
    ...odd.headers,
  }
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === null ? [] : [value].flat().map((each): [string, string] => [name, each]),
  )
  const hasBody = body.length > 0 || !isSafe(odd.method)
  const isChunked = headers['transfer-encoding'] !== undefined
  const length: [string, string][] = hasBody && !isChunked ? [['content-length', String(body.length)]] : []
  return {
    method: odd.method,
    path: path + odd.query,
    headers: [...lines, ...length],
    body: isChunked ? chunked(body) : body,
  }
}

function chunked(body: Buffer): Buffer {
  if (body.length === 0) return Buffer.from('0\r\n\r\n')
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')])
}

function bodyOf({ route, method, body }: OddRequest, known: Readonly<Record<string, string>>): Buffer {
  if ('bytes' in body) return Buffer.from(body.bytes, 'base64')
  if ('text' in body) return Buffer.from(body.text)
  if (isSafe(method) && body.fields.length === 0) return Buffer.alloc(0)
  const usual = Object.entries(everyRoute[route] ?? {}).map(([name, value]) => [name, known[name] ?? value] as const)
  const without = new Set([...body.without, ...body.fields.map(([name]) => name)])
  // Made of pairs, so that `__proto__` is a field like any other.
  const fields = [...usual.filter(([name]) => !without.has(name)), ...body.fields]
  return Buffer.from(`{${fields.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`)
}

/** What is wrong with the answer; null when nothing is. */
function faultOf(sent: WireRequest, answer: WireAnswer | null): string | null {
  const headersLength = sent.headers.reduce((sum, [name, value]) => sum + name.length + value.length, sent.path.length)
  if (answer === null) {
    const mayHangUp = sent.method === 'CONNECT' || headersLength > longHeaders || sent.body.length > largeBody
    return mayHangUp ? null : 'there is no answer'
  }
  if (answer.ms > patienceMs) return `it took ${answer.ms} ms`
  if (answer.status >= 500) return 'a fault of the server'
  if (answer.status < 400) return null
  // What is no HTTP is refused by Node, without a word.
  if (answer.text === '' && !answer.headers.has('content-type') && [400, 417, 431].includes(answer.status)) return null
  if (answer.headers.get('content-type') !== 'application/problem+json') return 'the refusal is no problem document'
  if (sent.method === 'HEAD') return null
  const code = codeOf(answer)
  const known = Object.entries(consoleErrors).find(([name]) => name === code)?.[1]
  return known?.status === answer.status || isToBearer(answer) ? null : `the code ${code} is not one of this status`
}

/** RFC 9470: what takes a step-up is 401 for whoever came with a token. */
function isToBearer({ status, headers }: WireAnswer): boolean {
  return status === 401 && headers.get('www-authenticate')?.includes('insufficient_user_authentication') === true
}

function codeOf({ headers, text }: WireAnswer): string | null {
  if (text === '' || headers.get('content-type') !== 'application/problem+json') return null
  return (JSON.parse(text) as { code: string }).code
}

function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
}

const challenges = ['sallyport_challenge', 'sallyport_send', 'sallyport_destination']
/** Not refusals but questions: what was asked for waits for the answer. */
const questions: Readonly<Record<string, readonly string[]>> = {
  step_up_required: challenges,
  answer_wrong: challenges,
}

/** What an answer with this code may leave behind, beside counts and the audit log. */
function mayChange(code: string | null): ReadonlySet<string> {
  return new Set(questions[code ?? ''] ?? [])
}
