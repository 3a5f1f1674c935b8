import { expect, test } from 'vitest'
import { ada, client, library, setUp, signIn } from '../../../../test/support/library.ts'

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
  const setup = await running.mfa.challenges.openRemoval(
    { accountId: ada.id, enrollmentId: app.enrollmentId, binding: 's' },
    client,
  )
  const removal = await begin(running, setup.key)
  expect(removal.status === 'challenge' && removal.challenge.action).toBe('login')
  running.clock.advance(600_000)
  const late = await begin(running, key)
  expect(late.status === 'challenge' && late.key.id).not.toBe(key.id)
})
