import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sqliteStore } from '../store/sqlite.ts'
import { ada, client, library, setUp, signIn } from '../../../../test/support/library.ts'

describe('a proof', () => {
  test('is as old as the answer that was judged', async () => {
    const running = await library({
      around: (store, clock) => ({
        async settleAttempt(input) {
          const outcome = await store.settleAttempt(input)
          clock.advance(10)
          return outcome
        },
      }),
    })
    const app = await setUp(running, 'totp')
    const { key } = await signIn(running)
    const judgedAt = running.clock()
    const result = await running.mfa.challenges.answer(
      key,
      'login',
      { enrollmentId: app.enrollmentId, answer: app.answer() },
      client,
    )
    expect(result.ok && result.proof.redeem('login')).toMatchObject({
      at: judgedAt,
      methods: ['password', 'totp'],
      amr: ['pwd', 'otp', 'mfa'],
    })
  })
})

describe('wrong answers', () => {
  test('at the door stay counted, whatever else is confirmed meanwhile', async () => {
    const running = await library()
    const app = await setUp(running, 'totp')
    const wrong = { enrollmentId: app.enrollmentId, answer: '000000' }
    let judged = 0
    for (let round = 0; round < 4; round += 1) {
      for (let login = 0; login < 3; login += 1) {
        const { key } = await signIn(running)
        for (let tries = 0; tries < 3; tries += 1) {
          const result = await running.mfa.challenges.answer(key, 'login', wrong, client)
          if (!result.ok && result.reason === 'wrong') judged += 1
        }
      }
      const own = `eve${round}@example.com`
      const { key, challenge } = await running.mfa.contacts.begin(
        { accountId: ada.id, method: 'email', destination: own },
        client,
      )
      const enrollmentId = challenge.active ?? ''
      const code = { enrollmentId, answer: challenge.code === null ? '000000' : running.emails.codeTo(own) }
      await running.mfa.challenges.answer(key, 'email.confirm', code, client)
    }
    expect(judged).toBeLessThan(10)
  })
})

describe('a challenge', () => {
  test('says why no code was sent, and when one can be', async () => {
    const running = await library()
    await setUp(running, 'email')
    const first = await signIn(running)
    expect(first.challenge).toMatchObject({ code: { delivered: true }, refused: null })
    running.clock.advance(10_000)
    const second = await signIn(running)
    expect(second.challenge).toMatchObject({
      code: null,
      refused: { enrollmentId: second.challenge.active, reason: 'too_soon', retryAt: running.clock() + 50_000 },
    })
  })

  test('whose key is another’s is no challenge, and that someone tried is in the audit log', async () => {
    const entries: unknown[] = []
    const running = await library({
      around: (store) => ({ appendAudit: (added) => (entries.push(...added), store.appendAudit(added)) }),
    })
    const app = await setUp(running, 'totp')
    const { key } = await signIn(running)
    const forged = { id: key.id, binding: 'guessed' }
    const typed = { enrollmentId: app.enrollmentId, answer: app.answer() }
    expect(await running.mfa.challenges.view(forged)).toBeNull()
    expect(await running.mfa.challenges.answer(forged, 'login', typed, client)).toEqual({
      ok: false,
      reason: 'not_found',
    })
    expect(entries).toMatchObject([
      { event: 'attempt.refused', detail: { reason: 'binding' }, ip: client.ip, traceId: client.traceId },
    ])
  })
})

test('P1 · wrong answers and locks outlive a restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-'))
  const keys = [randomBytes(32).toString('base64url')]
  const start = () => library({ keys, store: sqliteStore({ file: join(folder, 'mfa.db') }) })
  try {
    let running = await start()
    const app = await setUp(running, 'totp')
    const wrong = { enrollmentId: app.enrollmentId, answer: '000000' }
    const reasons: string[] = []
    for (let tries = 0; tries < 12; tries += 1) {
      const { key } = await signIn(running)
      const result = await running.mfa.challenges.answer(key, 'login', wrong, client)
      reasons.push(result.ok ? 'ok' : result.reason)
      await running.mfa.close()
      running = await start()
    }
    await running.mfa.close()
    expect(reasons).toEqual([...Array.from({ length: 9 }, () => 'wrong'), 'locked', 'locked', 'locked'])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
