import { expect, test } from 'vitest'
import {
  ada,
  answerStepUp,
  challenged,
  client,
  library,
  session,
  setUp,
  signIn,
} from '../../../../test/support/library.ts'

const begin = (
  running: Awaited<ReturnType<typeof library>>,
  pending: { id: string; binding: string },
  accountId = ada.id,
) => running.mfa.signIn.begin({ accountId, evidence: ['password'], pending }, client)

test('a browser that signs in again takes up its open challenge: the code sent is still good, tries used stay used', async () => {
  const running = await library()
  const email = await setUp(running, 'email')
  const first = await signIn(running)
  const code = email.answer()
  await running.mfa.challenges.answer(
    first.key,
    'login',
    { enrollmentId: email.enrollmentId, answer: '000000' },
    client,
  )
  running.clock.advance(10_000)
  const again = await begin(running, first.key)
  expect(again).toMatchObject({
    status: 'challenge',
    key: first.key,
    challenge: { attemptsLeft: 4, code: { delivered: true } },
  })
  const result = await running.mfa.challenges.answer(
    first.key,
    'login',
    { enrollmentId: email.enrollmentId, answer: code },
    client,
  )
  expect(result.ok).toBe(true)
})

test('a code that has expired meanwhile is sent anew', async () => {
  const running = await library()
  await setUp(running, 'email')
  const first = await signIn(running)
  running.clock.advance(301_000)
  const sent = running.emails.codeTo('ada@example.com')
  expect(await begin(running, first.key)).toMatchObject({ key: first.key, challenge: { code: { delivered: true } } })
  expect(running.emails.codeTo('ada@example.com')).not.toBe(sent)
})

test('another account’s, another browser’s, a closed or an expired challenge is not taken up', async () => {
  const running = await library()
  const app = await setUp(running, 'totp')
  const { key } = await signIn(running)
  expect((await begin(running, key, 'eve')).status).toBe('clear')
  for (const pending of [
    { ...key, binding: 'guessed' },
    { ...key, id: 'none' },
  ]) {
    const other = await begin(running, pending)
    expect(other.status === 'challenge' && other.key.id).not.toBe(pending.id)
  }
  const resource = { method: app.enrollmentId }
  const removing = await running.mfa.actions.require(
    'mfa.method.remove',
    { accountId: ada.id, session, resource },
    client,
  )
  const removal = await begin(running, { id: (await challenged(removing)).id, binding: session.id })
  expect(removal.status === 'challenge' && removal.challenge.action).toBe('login')
  running.clock.advance(600_000)
  const late = await begin(running, key)
  expect(late.status === 'challenge' && late.key.id).not.toBe(key.id)
})

test('so near its end that a code would die before it is read, a challenge is not taken up', async () => {
  const running = await library()
  await setUp(running, 'email')
  const { key } = await signIn(running)
  running.clock.advance(599_000)
  const late = await begin(running, key)
  expect(late).toMatchObject({
    status: 'challenge',
    challenge: { code: { delivered: true, expiresAt: running.clock() + 300_000 } },
  })
  expect(late.status === 'challenge' && late.key.id).not.toBe(key.id)
})

test('once MFA is off, a pending login is not taken up; once a method is gone, its code is not asked for', async () => {
  const running = await library()
  const email = await setUp(running, 'email')
  const app = await setUp(running, 'totp')
  const { key } = await signIn(running)
  const remove = async (enrollmentId: string): Promise<void> => {
    const asked = { accountId: ada.id, session, resource: { method: enrollmentId } }
    const challenge = await challenged(await running.mfa.actions.require('mfa.method.remove', asked, client))
    await answerStepUp(running, challenge, app.enrollmentId)
    const presented = { ...asked, challengeId: challenge.id }
    const step = await running.mfa.actions.require('mfa.method.remove', presented, client)
    if (step.status !== 'granted') throw new Error(step.status)
    await running.mfa.enrollments.remove(step.grant, client)
    running.clock.advance(30_000)
  }
  await remove(email.enrollmentId)
  expect(await begin(running, key)).toMatchObject({ key, challenge: { active: app.enrollmentId, code: null } })
  await remove(app.enrollmentId)
  expect((await begin(running, key)).status).toBe('clear')
})
