/**
 * A process of the console is killed (`SIGKILL`) in the midst of answers, at moments that a seed decides, and the one that
 * comes after it must find everything either done or not done: no code is good twice, no wrong one is forgotten, nobody is in
 * without having been let in, nobody is kept out, and no notice is lost.
 *
 * `npm run test:kill` kills 200 processes, from a seed of its own each time, which is printed;
 * `SALLYPORT_TEST_KILLS` says how many, and `SALLYPORT_TEST_SEED` runs a seed again. What has been done by the moment of the
 * kill differs from run to run, whatever the seed.
 */
import { randomInt } from 'node:crypto'
import { setTimeout as passing } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { noticeText } from '../../packages/sallyport/src/methods/message/notice.ts'
import type { Random } from '../../packages/sallyport/src/contract/clock.ts'
import { databases, type RunningConsole } from '../support/console.ts'
import { seededRandom } from '../support/random.ts'
import { type Row, tablesOf } from '../support/tables.ts'
import type { Answer } from '../support/visitor.ts'
import { type Caught, catchable, foundOf } from './caught.ts'
import { type Killable, killableConsole } from './killable.ts'

const asked = process.env['SALLYPORT_TEST_KILLS']
const given = process.env['SALLYPORT_TEST_SEED']
const kills = asked === undefined ? 4 : Number(asked)
const seed = given === undefined ? (asked === undefined ? 20_260_105 : randomInt(2 ** 31)) : Number(given)
/** On each database. */
const rounds = Math.ceil(kills / databases.length)
const latestMs = 60
const day = 86_400_000

type Tables = Readonly<Record<string, readonly Row[]>>

/** When the process is killed: so long after the requests are sent, or after so many of them are answered. */
interface Moment {
  readonly ms: number
  readonly answers: number
}

describe.each(databases)('killed on %s', (on) => {
  test(`${rounds} times, and everything is done or not done`, { timeout: 60_000 + rounds * 10_000 }, async () => {
    const console = await killableConsole(on)
    const tally = { answered: 0, 'done without an answer': 0, 'not done': 0 }
    try {
      const random = seededRandom(`kills ${seed} ${on}`)
      const prepared = await console.within((running) => catchableFor(running, console))
      const since = Date.now()
      await console.start()
      for (const [round, caught] of prepared.entries()) {
        const moment = momentFor(round, random)
        const told = `kill ${round} at ${JSON.stringify(moment)}, seed ${seed}`
        const answers = await killedAmidst(console, caught, moment, random)
        await console.start()
        const tables = await tablesOf(console)
        const checking = caught.map(async (each, index) => {
          const answered = answers[index] ?? []
          const found = foundOf(tables, each.accountId, since)
          const done = found.count('challenge.passed') + found.count('sign_in.not_required') > 0
          tally[answered.some(isYes) ? 'answered' : done ? 'done without an answer' : 'not done'] += 1
          await each.check(answered, found).catch((error: unknown) => {
            throw new Error(`${each.what}, ${told}: ${(error as Error).message}`, { cause: error })
          })
        })
        await Promise.all(checking)
        expect(sessionsWithoutReason(tables), told).toEqual([])
      }
      await console.kill()
      expect(await noticesLost(console), `seed ${seed}`).toEqual([])
      if (asked !== undefined) globalThis.console.info(`${rounds} kills on ${on}, seed ${seed}`, tally)
      // A short run is not held to it.
      if (rounds >= 50) expect(Math.min(...Object.values(tally)), JSON.stringify(tally)).toBeGreaterThan(0)
    } finally {
      await console.end()
    }
  })
})

async function catchableFor(running: RunningConsole, console: Killable): Promise<readonly (readonly Caught[])[]> {
  const prepared: (readonly Caught[])[] = []
  for (let round = 0; round < rounds; round += 1) prepared.push(await catchable(running, console))
  return prepared
}

/** By the clock in one round and by what has come in the next: how far a process gets in a time is up to the machine. */
function momentFor(round: number, random: Random): Moment {
  const [first = 0, second = 0] = random(2)
  if (round % 2 === 0) return { ms: Math.floor((first / 256) * (latestMs + 1)), answers: 0 }
  return { ms: first % 4, answers: 1 + (second % 8) }
}

function isYes(answer: Answer | null): boolean {
  return answer?.status === 200
}

/** Sends everything that is left to send, in some order, and kills the process at the moment. */
async function killedAmidst(
  console: Killable,
  caught: readonly Caught[],
  moment: Moment,
  random: Random,
): Promise<readonly (readonly (Answer | null)[])[]> {
  const begun = await Promise.all(caught.map((each) => each.begin()))
  const answers = begun.map((requests) => requests.map((): Answer | null => null))
  const all = begun.flatMap((requests, index) => requests.map((send, place) => ({ send, index, place })))
  const order = random(all.length)
  const inOrder = all.map((each, at) => ({ each, by: order[at] ?? 0 })).toSorted((one, other) => one.by - other.by)
  let come = 0
  let enough = (): void => undefined
  const cameEnough = new Promise<void>((resolve) => (enough = resolve))
  const sent = inOrder.map(async ({ each: { send, index, place } }) => {
    answers[index]![place] = await send().catch(brokenOff)
    if ((come += 1) >= moment.answers) enough()
  })
  if (moment.answers > 0) await cameEnough
  await passing(moment.ms)
  await console.kill()
  await Promise.all(sent)
  return answers
}

/** What `fetch` says of a connection that broke; anything else is a fault of ours. */
function brokenOff(error: unknown): null {
  if (error instanceof TypeError && /^(fetch failed|terminated)$/.test(error.message)) return null
  throw error
}

/** Sessions that rest neither on a challenge that was passed nor on a reason why none was asked for. */
function sessionsWithoutReason(tables: Tables): readonly Row[] {
  const audit = tables['sallyport_audit'] ?? []
  const passed = new Set(
    entriesOf(audit, 'challenge.passed').map(({ account_id: by, challenge_id: id }) => `${by} ${id}`),
  )
  const notRequired = entriesOf(audit, 'sign_in.not_required')
  return (tables['session'] ?? []).filter(({ account_id: by, challenge_id: id, proved_at: from, created_at: to }) =>
    id === null
      ? !notRequired.some(({ account_id: whose, at }) => whose === by && at >= from && at <= to)
      : !passed.has(`${by} ${id}`),
  )
}

const told = ['recovery_code.used', 'mfa.enabled'] as const

/** What the audit log says must have been told and neither has reached its owner nor does when what is left is delivered. */
async function noticesLost(console: Killable): Promise<readonly string[]> {
  return await console.within(async (running) => {
    running.clock.advance(Date.now() + day - running.clock())
    await running.console.mfa.notices.deliver()
    const { sallyport_audit: audit = [], sallyport_notice: left = [], account: accounts = [] } = await tablesOf(running)
    const mails = [
      ...console.smtp.inbox.all.map(({ to, subject }) => ({ to: to[0] ?? '', subject })),
      ...running.emails.messages,
    ]
    const lost = accounts.flatMap(({ id, email }) =>
      told.flatMap((kind) => {
        const subject = subjectOf(kind)
        // Those from before the first process were told to nobody that is looked at here.
        const due = entriesOf(audit, kind).filter((entry) => entry['account_id'] === id && entry['ip'] !== '127.0.0.1')
        const come = mails.filter((mail) => mail.to === email && mail.subject.endsWith(subject))
        return come.length < due.length ? [`${kind} of ${email}: ${due.length} due, ${come.length} delivered`] : []
      }),
    )
    return [...lost, ...left.map(({ kind, channel }) => `${kind} by ${channel} is still there`)]
  })
}

function subjectOf(kind: (typeof told)[number]): string {
  const none = { id: '', accountId: '', channel: 'email', at: 0, ip: '', userAgent: '', subject: '', addressee: null }
  return noticeText({ ...none, kind }).subject
}

function entriesOf(audit: readonly Row[], event: string): readonly Row[] {
  return audit.filter((entry) => entry['event'] === event)
}
