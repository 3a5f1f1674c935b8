import { describe, expect, test } from 'vitest'
import { ada, client, library, setUp, signIn } from '../../../../test/support/library.ts'

describe('a decoy', () => {
  const pretend = { method: 'email', destination: 'Ada@example.com', decoy: true } as const

  test('uses up nothing of what the owner may be sent', async () => {
    const running = await library()
    await setUp(running, 'email')
    for (let stranger = 0; stranger < 10; stranger += 1) {
      running.clock.advance(5_400_000)
      await running.mfa.contacts.begin({ ...pretend, accountId: `stranger ${stranger}` }, client)
    }
    expect((await signIn(running)).challenge.code).toMatchObject({ delivered: true })
  })

  test('looks like a code for a fresh address, also when its owner was sent one a moment ago', async () => {
    const running = await library()
    await setUp(running, 'email')
    await signIn(running)
    const real = await running.mfa.contacts.begin(
      { accountId: 'one', method: 'email', destination: 'Axa@example.com' },
      client,
    )
    const decoy = await running.mfa.contacts.begin({ ...pretend, accountId: 'two' }, client)
    const shape = (view: typeof real.challenge) =>
      JSON.stringify(view).replaceAll(/"(id|enrollmentId|active)":"[^"]+"/g, '')
    expect(shape(decoy.challenge)).toBe(shape(real.challenge))
  })

  test('tells the owner instead of sending a code, and fails when the provider fails', async () => {
    const running = await library()
    await running.mfa.contacts.begin({ ...pretend, accountId: 'stranger' }, client)
    const message = running.emails.lastTo('Ada@example.com')
    expect(message.subject).toContain('you already have an account')
    expect(message.text).not.toMatch(/\d{6}/)

    const down = await library({ sender: { name: 'down', send: () => Promise.reject(new Error('down')) } })
    const { challenge } = await down.mfa.contacts.begin({ ...pretend, accountId: 'stranger' }, client)
    expect(challenge.code).toMatchObject({ delivered: false })
  })

  test('is answered by nothing', async () => {
    const running = await library()
    const { key, challenge } = await running.mfa.contacts.begin({ ...pretend, accountId: 'stranger' }, client)
    const typed = { enrollmentId: challenge.active ?? '', answer: '123456' }
    expect(await running.mfa.challenges.answer(key, 'email.confirm', typed, client)).toEqual({
      ok: false,
      reason: 'wrong',
      attemptsLeft: 4,
    })
  })
})

test('a destination that can’t be sent to is refused', async () => {
  const running = await library()
  const begin = running.mfa.contacts.begin({ accountId: ada.id, method: 'sms', destination: '12345' }, client)
  await expect(begin).rejects.toMatchObject({ code: 'method_unavailable' })
})
