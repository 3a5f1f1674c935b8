import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  account,
  checking,
  enrolled,
  hash,
  keepingSender,
  noon,
  prompting,
  settings,
  whatToDo,
} from '../../../../test/support/methods.ts'
import { seededRandom } from '../../../../test/support/random.ts'
import { noticeKinds, type Notice, type NoticeKind } from '../contract/notice.ts'
import type { EmailMessage } from '../contract/sender.ts'
import { email } from './email.ts'

const sender = keepingSender<EmailMessage>()
const method = email({ sender })(settings)
const signal = new AbortController().signal
const enrollment = enrolled('mia@example.com')

async function prompted(purpose?: string, seed?: string) {
  const prompt = method.prompt?.(prompting(purpose, seed), enrollment)
  await prompt?.deliver(signal)
  const message = sender.taken.at(-1)
  if (prompt === undefined || message === undefined) throw new Error('nothing was sent')
  return { prompt, message, code: /^[0-9]{6}$/m.exec(message.text)?.[0] ?? '' }
}

async function notified(kind: NoticeKind, more: Partial<Notice> = {}): Promise<EmailMessage> {
  const notice: Notice = {
    id: 'n',
    accountId: account.id,
    kind,
    at: noon,
    channel: 'email',
    ip: '203.0.113.9',
    userAgent: 'Firefox/130.0',
    subject: 'Work phone',
    addressee: null,
    ...more,
  }
  await method.notify?.(account, notice)?.deliver(signal)
  const message = sender.taken.at(-1)
  if (message === undefined) throw new Error('nothing was sent')
  return message
}

describe('setting up', () => {
  const enroll = (confirmedEmail: string | null) =>
    method.enroll({ account: { ...account, confirmedEmail }, now: noon, random: seededRandom('e'), others: [] })

  test('EN-06 needs a confirmed address', () => {
    expect(enroll(null)).toBeNull()
    expect(enroll('mia@example.com')).toEqual({
      secret: 'mia@example.com',
      hint: 'm***@e***.com',
      setup: { hint: 'm***@e***.com' },
    })
  })

  test.each([
    'mia',
    '@example.com',
    'mia@',
    'a@b@c.com',
    'mia@example.com\r\nBcc: eve@example.org',
    'mia@example.com,eve@example.org',
    `${'m'.repeat(65)}@example.com`,
  ])('takes nothing but one address: %s', (address) => {
    expect(enroll(address)).toBeNull()
  })

  test('takes an address of 254 characters and none that is longer', () => {
    const longest = `mia@${'x'.repeat(246)}.com`
    expect(enroll(longest)?.secret).toBe(longest)
    expect(enroll(`${longest}m`)).toBeNull()
  })

  test('EO-05 masks with a fixed number of stars', () => {
    expect(enroll('x@y.org')?.hint).toBe('x***@y***.org')
    expect(enroll('a.very.long.name@mail.example.co.uk')?.hint).toBe('a***@m***.uk')
    expect(enroll('root@localhost')?.hint).toBe('r***@l***')
  })
})

describe('a code by e-mail', () => {
  test('is kept only as its keyed hash and answers once under that state', async () => {
    const { prompt, code } = await prompted()
    expect(prompt).toMatchObject({ state: hash(code), destination: 'mia@example.com', provider: 'kept' })
    expect(method.check(checking, enrollment, prompt.state, code)).toEqual({ ok: true, spend: 'prompt' })
    expect(method.check(checking, enrollment, prompt.state, code === '000000' ? '000001' : '000000')).toEqual({
      ok: false,
      reason: 'wrong',
    })
    expect(method.check(checking, enrollment, null, code)).toEqual({ ok: false, reason: 'wrong' })
    expect(method.check(checking, enrollment, prompt.state, `${code}0`)).toEqual({ ok: false, reason: 'malformed' })
  })

  test('is not sent before it is asked to be delivered', () => {
    const before = sender.taken.length
    method.prompt?.(prompting(), enrollment)
    expect(sender.taken).toHaveLength(before)
  })

  test('counts as one destination in either case', () => {
    expect(method.prompt?.(prompting(), enrolled('Mia@Example.COM')).destination).toBe('mia@example.com')
  })

  test('TF-13 says the application, the code, what it confirms, how long it is good and what to do', async () => {
    const { message, code } = await prompted('sign in')
    expect(message.to).toBe('mia@example.com')
    expect(message.subject).toBe('Sallyport Console: your code to sign in')
    expect(message.text).toBe(
      `Your Sallyport Console code to sign in is:\n\n${code}\n\n` +
        'It is good for 5 minutes and works once. Nobody from Sallyport Console will ever ask you for it.\n\n' +
        "If this wasn't you, someone knows your password: change it.\n",
    )
    expect(message.html).toContain(`>${code}</p>`)
    expect(message.html).not.toMatch(/href|src=|https?:/)
  })

  test('keeps the code out of the subject', async () => {
    const { message, code } = await prompted()
    expect(message.subject).not.toContain(code)
  })

  test('TF-13 makes no link and no markup of what a person wrote', async () => {
    const { message } = await prompted(
      'set up <img src=x onerror="a()"> & http://evil.example/login as a second factor',
    )
    expect(message.html).not.toContain('<img')
    expect(message.html).toContain('&lt;img src=x onerror=&quot;a()&quot;&gt; &amp;')
    for (const part of [message.subject, message.text, message.html]) expect(part).not.toMatch(/https?:|evil\.example/)
  })

  test('never has a line break in its subject', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), async (purpose) => {
        const { message } = await prompted(purpose)
        expect(message.subject).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
      }),
      { seed: 5322 },
    )
  })

  test('BF-21 is uniform in every digit over 10,000 codes, and leading zeros stay', async () => {
    const counts = Array.from({ length: 6 }, () => Array.from({ length: 10 }, () => 0))
    const prompt = { ...prompting(), random: seededRandom('uniform') }
    for (let round = 0; round < 10_000; round += 1) {
      await method.prompt?.(prompt, enrollment).deliver(signal)
      const code = /^[0-9]{6}$/m.exec(sender.taken.at(-1)?.text ?? '')?.[0] ?? ''
      for (const [place, digit] of Array.from(code).entries()) counts[place]![Number(digit)]! += 1
    }
    for (const place of counts) {
      const chiSquare = place.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)
      // 27.88 is passed by chance once in a thousand, with 9 degrees of freedom.
      expect(chiSquare).toBeLessThan(27.88)
      expect(place[0]).toBeGreaterThan(800)
    }
  })
})

describe('a notice by e-mail', () => {
  test('goes only to a confirmed address', () => {
    const notice: Notice = {
      id: 'n',
      accountId: account.id,
      kind: 'mfa.enabled',
      at: noon,
      channel: 'email',
      ip: '',
      userAgent: '',
      subject: '',
      addressee: null,
    }
    expect(method.notify?.({ ...account, confirmedEmail: null }, notice)).toBeNull()
  })

  test.each(noticeKinds)(
    'AU-07 about %s says when, from where and what to do, with no code and no link',
    async (kind) => {
      const message = await notified(kind)
      expect(message.subject).toMatch(/^Sallyport Console: /)
      expect(message.text).toContain('When: 2025-11-21 12:00 UTC\nFrom: 203.0.113.9\nWith: Firefox/130.0')
      expect(message.text).toContain(`${whatToDo(kind)}. `)
      expect(message.text + message.html).not.toMatch(/[0-9]{6}(?!px)|https?:|href/)
    },
  )

  test('stands in its HTML as it stands in its text, line by line', async () => {
    const { text, html } = await notified('method.added')
    const paragraphs = [...html.matchAll(/<p>([^]*?)<\/p>/g)].map(([, inner = '']) => inner.replaceAll('<br>', ''))
    expect(`${paragraphs.join('\n\n').replaceAll('&quot;', '"').replaceAll('&#39;', "'")}\n`).toBe(text)
    expect(html).toContain('12:00 UTC<br>\nFrom: 203.0.113.9<br>\nWith: Firefox/130.0</p>')
  })

  test('AU-07 says what happened to what', async () => {
    expect((await notified('method.added')).text).toContain('A second factor "Work phone" was added to your account.')
    expect((await notified('method.removed')).text).toContain(
      'A second factor "Work phone" was removed from your account.',
    )
    expect((await notified('recovery_code.used', { subject: '9' })).text).toContain('Recovery codes left: 9.')
    expect((await notified('mfa.enabled', { subject: '' })).text).toContain('now takes a second factor')
  })

  test('makes no link and no markup of a user agent or a name', async () => {
    const message = await notified('method.added', {
      userAgent: '<a href="https://evil.example">log in</a>\r\nBcc: x',
      subject: 'evil.example\u202e',
    })
    expect(message.html).not.toContain('<a ')
    expect(message.text).not.toMatch(/https?:|evil\.example|\u202e|\nBcc/)
  })
})
