/**
 * Random sequences of signing in, asking, confirming, waiting, signing out and changing methods, done with the library through
 * its public API and with a model of what is required (model.ts), which was written from the requirements and not from the
 * engine. After every step both must say the same.
 *
 * `SALLYPORT_TEST_SEQUENCES=100000 npx vitest run test/properties` runs so many sequences, with a seed of its own that is
 * printed. Without it the seed is fixed. What fails is reduced to the shortest sequence that still fails and printed with
 * its seed; `SALLYPORT_TEST_SEED` runs a seed again.
 */
import { randomInt } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { postgresStore } from 'sallyport/store/postgres'
import { library, type Library } from '../support/library.ts'
import { temporaryDatabase } from '../support/postgres.ts'
import { type Command, sequences } from './commands.ts'
import { accountOf, Driver, Tally } from './driver.ts'
import { numbers } from './model.ts'

const asked = process.env['SALLYPORT_TEST_SEQUENCES']
const given = process.env['SALLYPORT_TEST_SEED']
const numRuns = asked === undefined ? 2000 : Number(asked)
const seed = given === undefined ? (asked === undefined ? 20_260_105 : randomInt(2 ** 31)) : Number(given)
const hour = 3_600_000

/** How often each thing must at least have happened in 2,000 sequences, or they have shown nothing. */
const leasts = {
  'granted once': 1000,
  'granted window': 800,
  'granted once (mfa_off)': 300,
  'granted window (mfa_off)': 150,
  'granted once (switched_off)': 100,
  challenge: 2000,
  'challenge resumed': 200,
  mismatch: 40,
  own_check: 20,
  too_weak: 60,
  'answer passed': 2000,
  'answer wrong': 200,
  'answer wrong (used before)': 100,
  'answer malformed': 1,
  'answer not_prompted': 40,
  'answer not_allowed': 50,
  'answer not_found': 10,
  'answer closed': 10,
  'answer locked': 20,
  cancelled: 10,
  'sign in challenge': 100,
  'over: spent': 80,
  'over: of another session': 100,
  'over: session': 1,
  'over: password': 5,
  'over: role': 5,
  'over: method': 50,
  'over: once ran out': 10,
  'over: once ran out this very moment': 1,
  'over: window ran out': 80,
  'over: window ran out this very moment': 5,
  'over: ceiling ran out': 5,
} as const

describe('what the library allows is what the model allows', () => {
  test(`SQLite · ${numRuns} sequences`, { timeout: 600_000 + numRuns * 100 }, async () => {
    const tally = new Tally()
    await holds(() => running({}), numRuns, tally)
    const counts = [...tally.counts].map(([what, count]) => `${what}: ${count}`).toSorted()
    if (asked !== undefined) console.info([`${numRuns} sequences, seed ${seed}`, ...counts].join('\n'))
    // A short run is not held to it: there is too little of it to be sure of anything.
    const expected = numRuns < 2000 ? [] : Object.entries(leasts)
    const missed = expected.filter(([what, least]) => (tally.counts.get(what) ?? 0) < least)
    expect(missed, counts.join('\n')).toEqual([])
  })
})

describe('and on PostgreSQL', () => {
  let database: Awaited<ReturnType<typeof temporaryDatabase>>
  beforeAll(async () => {
    database = await temporaryDatabase()
  })
  afterAll(() => database.drop())

  test('PostgreSQL · 60 sequences', { timeout: 120_000 }, async () => {
    const tally = new Tally()
    await holds(() => running({ store: postgresStore({ connectionString: database.url }) }), 60, tally)
    expect(tally.counts.size).toBeGreaterThan(15)
  })
})

/** One library for all sequences: each has an account and a day of its own. */
async function holds(open: () => Promise<Library>, runs: number, tally: Tally): Promise<void> {
  const opened = await open()
  let accounts = 0
  const faultOf = async (commands: readonly Command[]): Promise<Error | null> => {
    opened.emails.messages.length = 0
    opened.texts.messages.length = 0
    opened.clock.advance(25 * hour - (opened.clock() % hour))
    const driver = new Driver(opened, `account-${(accounts += 1)}`, tally)
    try {
      for (const command of commands) await driver.run(command)
      await driver.finish()
      return null
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  }
  const property = fc.asyncProperty(sequences, async (commands) => {
    const fault = await faultOf(commands)
    if (fault !== null) throw await shortest(commands, fault, faultOf)
  })
  try {
    await fc.assert(property, { numRuns: runs, seed, endOnFailure: true })
  } finally {
    await opened.mfa.close()
  }
}

/** Leaves out whatever can be left out without the fault going away: first by halves, in the end one by one until nothing can. */
async function shortest(
  commands: readonly Command[],
  fault: Error,
  faultOf: (commands: readonly Command[]) => Promise<Error | null>,
): Promise<Error> {
  let left = { commands, fault }
  for (let size = commands.length >> 1, before = 0; size > 0;) {
    before = left.commands.length
    for (let at = before - size; at >= 0; at -= 1) {
      const fewer = left.commands.toSpliced(at, size)
      const same = await faultOf(fewer)
      if (same !== null) left = { commands: fewer, fault: same }
    }
    if (size > 1 || left.commands.length === before) size >>= 1
  }
  const steps = left.commands.map((command) => JSON.stringify(command))
  const text = `${left.fault.message}\n\nafter these ${steps.length} steps:\n${steps.join('\n')}`
  return new Error(text, { cause: left.fault })
}

function running(options: Parameters<typeof library>[0]): Promise<Library> {
  return library({
    accounts: {
      find: (id) => Promise.resolve(accountOf(id)),
      endSessions: () => Promise.resolve(),
    },
    limits: {
      triesPerChallenge: numbers.triesPerChallenge,
      triesPerAccount: numbers.triesPerAccount,
      recoveredMethodSeconds: numbers.recoveredMethodMs / 1000,
      // How often codes are sent is not the matter.
      resendSeconds: 10,
      sendsPerTenMinutes: 100,
      sendsPerHour: 200,
      sendsPerDay: 1000,
      triesPerNetwork: 10_000,
      sendsPerNetwork: 10_000,
      sendsPerAccount: 1000,
      sendsPerRange: 10_000,
    },
    actions: {
      'report.export': { purpose: 'export report {report}', atLeast: 'totp' },
      'vault.open': {
        purpose: 'open vault {vault}',
        atLeast: 'sms',
        lasts: { windowSeconds: 60, sliding: false, ceilingSeconds: 3600 },
      },
      'notes.edit': {
        purpose: 'edit the notes in {book}',
        lasts: { windowSeconds: 60, sliding: true, ceilingSeconds: 150 },
      },
    },
    around: () => ({ leaseNotices: () => Promise.resolve([]) }),
    policy: { 'session.end_others': { needed: 'off' } },
    ...options,
  })
}
