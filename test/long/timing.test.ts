/**
 * What a stranger can measure: the same request is answered alike for an account that is there and for one that is not, in
 * status, body, headers, and in time; and so are the requests that come right after it. Two hundred answers of each kind, in a
 * random order, are compared by rank. A pair differs when three rounds of fresh answers in a row say so: chance does that once
 * in a million.
 *
 * `npm run test:timing` asks every question on both databases and prints the probabilities; `SALLYPORT_TEST_SAMPLES` says how
 * many answers of each kind are taken. Otherwise it is the one question that is asked most.
 */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseEmailAddress } from '../../apps/console/server/accounts/email-address.ts'
import { newAddress, person } from '../support/account.ts'
import { databases, runConsole, type RunningConsole } from '../support/console.ts'
import { enroll } from '../support/person.ts'
import { seededRandom } from '../support/random.ts'
import { pageHeaders } from '../support/raw.ts'
import { accountIdOf, execute } from '../support/tables.ts'
import { Visitor } from '../support/visitor.ts'
import { compareByRank } from './mann-whitney.ts'

const asked = process.env['SALLYPORT_TEST_SAMPLES']
const samples = asked === undefined ? 200 : Number(asked)
const roundsAtMost = 3
/** Of each of the two: for the answer, and for what comes after it. */
const level = 0.005
const warmUp = 8
const minute = 60_000
const day = 24 * 60 * minute
const right = 'plain words about rivers'
const wrong = 'other words about rivers'
let passwordHash: Promise<string> | null = null

interface Asking {
  readonly path: string
  readonly body: object
  readonly headers: Readonly<Record<string, string>>
}

/** For each kind of account, what is asked; made anew for each answer, and not timed. */
type Kinds = Readonly<Record<string, () => Promise<Asking>>>

interface Question {
  readonly what: string
  /** Whether it is asked in `npm test`. */
  readonly always: boolean
  kinds(running: RunningConsole): Promise<Kinds>
}

const signingIn: Question = {
  what: 'EO-01 · signing in',
  always: true,
  async kinds(running) {
    const headers = await pageHeaders(new Visitor(running.origin))
    const known = await account(running, true)
    const locked = await account(running, true)
    await lock(running, locked)
    const unconfirmed = await account(running, false)
    const asks = (email: string, password: string) => async (): Promise<Asking> => {
      running.clock.advance(6 * minute)
      return { path: '/api/sign-in', body: { email, password }, headers }
    }
    return {
      unknown: asks(newAddress(), wrong),
      'wrong password': asks(known, wrong),
      locked: asks(locked, wrong),
      unconfirmed: asks(unconfirmed, right),
    }
  },
}

/** Another one for each answer: what has piled up about one address must not tell it from the rest. */
type Address = () => Promise<string>

const addresses = (running: RunningConsole): { readonly known: Address; readonly unknown: Address } => ({
  known: () => account(running, true),
  unknown: async () => {
    // What comes before is the same too: an account that nobody asks about.
    await account(running, true)
    return newAddress()
  },
})

const registering: Question = {
  what: 'EO-02 · registering',
  always: false,
  async kinds(running) {
    const headers = await pageHeaders(new Visitor(running.origin))
    const { known, unknown } = addresses(running)
    const asks = (address: Address) => async (): Promise<Asking> => {
      const body = { email: await address(), phone: '', country: 'US', password: right }
      return { path: '/api/registration', body, headers }
    }
    return { taken: asks(known), free: asks(unknown) }
  },
}

const resetting: Question = {
  what: 'EO-02 · asking for another password',
  always: false,
  async kinds(running) {
    const headers = await pageHeaders(new Visitor(running.origin))
    const { known, unknown } = addresses(running)
    const asks = (address: Address) => async (): Promise<Asking> => {
      return { path: '/api/password-reset', body: { email: await address() }, headers }
    }
    return { known: asks(known), unknown: asks(unknown) }
  },
}

const resending: Question = {
  what: 'EO-02 · having the code of a registration sent again',
  always: false,
  async kinds(running) {
    const { known, unknown } = addresses(running)
    const asks = (address: Address) => async (): Promise<Asking> => {
      const browser = new Visitor(running.origin)
      const form = { email: await address(), phone: '', country: 'US', password: right }
      expect((await browser.post('/api/registration', form)).status).toBe(202)
      running.clock.advance(2 * minute)
      return { path: '/api/confirmation/prompt', body: {}, headers: await pageHeaders(browser) }
    }
    return { taken: asks(known), free: asks(unknown) }
  },
}

const moving: Question = {
  what: 'EO-02 · giving another address',
  always: false,
  kinds(running) {
    const { known, unknown } = addresses(running)
    const asks = (address: Address) => async (): Promise<Asking> => {
      const { browser, password } = await person(running)
      expect((await browser.post('/api/password-check', { password })).status).toBe(204)
      return { path: '/api/account/email', body: { email: await address() }, headers: await pageHeaders(browser) }
    }
    return Promise.resolve({ taken: asks(known), free: asks(unknown) })
  },
}

const questions = [signingIn, registering, resetting, resending, moving]

describe.each(asked === undefined ? databases.slice(0, 1) : databases)('what the time tells on %s', (on) => {
  let running: RunningConsole
  beforeAll(async () => {
    running = await runConsole({ on })
  })
  afterAll(() => running.close())

  const now = questions.filter(({ always }) => always || asked !== undefined)
  const named = now.map((question) => [question.what, question] as const)
  test.each(named)(
    '%s takes as long and looks the same, whoever it is about',
    { timeout: 600_000 },
    async (_what, question) => {
      const kinds = await question.kinds(running)
      const random = seededRandom(`timing ${question.what}`)
      let pairs = pairsOf(Object.keys(kinds))
      for (let round = 1; pairs.length > 0; round += 1) {
        expect(round, `these differ in time: ${pairs.join('; ')}`).toBeLessThanOrEqual(roundsAtMost)
        const names = [...new Set(pairs.flat())]
        const { answers, after } = await measured(running, kinds, names, random)
        const compare = (taken: Taken, what: string) =>
          pairs.map(([one, other]) => ({
            pair: `${one} and ${other}, ${what}`,
            ...compareByRank(taken.get(one) ?? [], taken.get(other) ?? []),
          }))
        const compared = compare(answers, 'the answer')
        const comparedAfter = compare(after, 'what comes after it')
        if (asked !== undefined) {
          const lines = [...compared, ...comparedAfter].map(inWords)
          console.info(
            [`${question.what} on ${on}, round ${round}`, ...lines, mediansOf(answers), mediansOf(after)].join('\n'),
          )
        }
        const isAlike = (p: number | undefined): boolean => (p ?? 0) > level
        pairs = pairs.filter((_, index) => !isAlike(compared[index]?.p) || !isAlike(comparedAfter[index]?.p))
      }
    },
  )
})

/** For each kind, milliseconds of each answer. */
type Taken = ReadonlyMap<string, readonly number[]>

/** How long each kind took, and what others had to wait for after it. Whatever the kind, all that can be seen of the answers is the same. */
async function measured(
  running: RunningConsole,
  kinds: Kinds,
  names: readonly string[],
  random: (size: number) => Uint8Array,
): Promise<{ readonly answers: Taken; readonly after: Taken }> {
  const stopwatch = new Worker(new URL('stopwatch.mjs', import.meta.url))
  const answers = new Map(names.map((name): [string, number[]] => [name, []]))
  const after = new Map(names.map((name): [string, number[]] => [name, []]))
  const seen = new Set<string>()
  try {
    for (let sample = -warmUp; sample < samples; sample += 1) {
      for (const name of shuffled(names, random)) {
        const asking = await kinds[name]!()
        // What the answer before has left to do is not this one's.
        await running.console.settled()
        const timed = await ask(stopwatch, running.origin, asking)
        seen.add(looksOf(timed))
        if (sample < 0) continue
        answers.get(name)?.push(timed.ms)
        after.get(name)?.push(timed.msAfter)
      }
    }
  } finally {
    await stopwatch.terminate()
  }
  expect([...seen], 'the answers look different').toHaveLength(1)
  return { answers, after }
}

interface Timed {
  readonly ms: number
  /** How long it took to have a few more requests answered, which wait for what the first one left to do. */
  readonly msAfter: number
  readonly status: number
  readonly rawHeaders: readonly string[]
  readonly text: string
}

/** An answer to its last byte, on a connection that is there already. */
async function ask(stopwatch: Worker, origin: string, { path, body, headers }: Asking): Promise<Timed> {
  const sent = JSON.stringify(body)
  const length = String(Buffer.byteLength(sent))
  const url = origin.replace('localhost', '127.0.0.1') + path
  stopwatch.postMessage({ url, headers: { ...headers, 'content-length': length }, body: sent }, [])
  const [timed] = (await once(stopwatch, 'message')) as [Timed | { readonly error: string }]
  if ('error' in timed) throw new Error(timed.error)
  return timed
}

/** All that an answer says, without what differs from one to the next whatever is asked. */
function looksOf({ status, rawHeaders, text }: Timed): string {
  const headers = rawHeaders.flatMap((name, index) => {
    const value = rawHeaders[index + 1] ?? ''
    if (index % 2 === 1 || name.toLowerCase() === 'date') return []
    return [[name, name.toLowerCase() === 'set-cookie' ? value.replace(/=[^;]+/, '=…') : value]]
  })
  const body = text
    .replaceAll(/"(id|enrollmentId|active)":"[^"]+"/g, '"$1":"…"')
    .replaceAll(/"hint":"[^"]\*\*\*@/g, '"hint":"?***@')
  return JSON.stringify({ status, headers, body })
}

/** With a password that takes as long to compare as a real one; its address. */
async function account({ console, clock }: RunningConsole, confirmed: boolean): Promise<string> {
  const email = parseEmailAddress(newAddress())!
  passwordHash ??= console.passwords.hash(right)
  const id = await console.accounts.create({ email, phone: null, passwordHash: await passwordHash })
  if (confirmed) await console.accounts.confirmEmail(id, email.address)
  clock.advance(minute)
  return email.address
}

/** With an authenticator app, and too many wrong codes. */
async function lock(running: RunningConsole, email: string): Promise<void> {
  const browser = new Visitor(running.origin)
  expect((await browser.post('/api/sign-in', { email, password: right })).status).toBe(200)
  await enroll(running, { email, phone: '', password: right, browser }, 'totp')
  const id = await accountIdOf(running, email)
  const until = running.clock() + 10_000 * day
  await execute(
    running,
    'sallyport_account',
    `UPDATE sallyport_account SET locked_until = ${until} WHERE account_id = '${id}'`,
  )
}

function pairsOf(names: readonly string[]): readonly (readonly [string, string])[] {
  return names.flatMap((one, index) => names.slice(index + 1).map((other): readonly [string, string] => [one, other]))
}

function shuffled<Thing>(things: readonly Thing[], random: (size: number) => Uint8Array): readonly Thing[] {
  const order = random(things.length)
  return things
    .map((thing, index) => ({ thing, by: order[index] ?? 0 }))
    .toSorted((one, other) => one.by - other.by)
    .map(({ thing }) => thing)
}

function inWords({ pair, z, p }: { readonly pair: string; readonly z: number; readonly p: number }): string {
  return `${pair}: z ${z.toFixed(2)}, p ${p.toPrecision(2)}`
}

function mediansOf(taken: Taken): string {
  const middle = (times: readonly number[]): number =>
    times.toSorted((one, other) => one - other)[times.length >> 1] ?? 0
  return `medians: ${[...taken].map(([name, times]) => `${name} ${middle(times).toFixed(2)} ms`).join(', ')}`
}
