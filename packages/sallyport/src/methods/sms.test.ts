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
import { noticeKinds, type Notice } from '../contract/notice.ts'
import type { SmsMessage } from '../contract/sender.ts'
import { fitsOneSegment, septets } from './message/segment.ts'
import { sms } from './sms.ts'

const sender = keepingSender<SmsMessage>()
const signal = new AbortController().signal
const enrollment = enrolled('+12025550134')

async function prompted(purpose = 'sign in', app = settings.app, codeDigits = 6) {
  const method = sms({ sender })({ ...settings, app, codeDigits })
  const prompt = method.prompt?.(prompting(purpose), enrollment)
  await prompt?.deliver(signal)
  const message = sender.taken.at(-1)
  if (prompt === undefined || message === undefined) throw new Error('nothing was sent')
  return { method, prompt, message, code: /#([0-9]+)$/.exec(message.text)?.[1] ?? '' }
}

describe('setting up', () => {
  const method = sms({ sender })(settings)
  const enroll = (confirmedPhone: string | null) =>
    method.enroll({ account: { ...account, confirmedPhone }, now: noon, random: seededRandom('s'), others: [] })

  test('EN-06 needs a confirmed number', () => {
    expect(enroll(null)).toBeNull()
    expect(enroll('+12025550134')).toEqual({
      secret: '+12025550134',
      hint: '+1 *** *** **34',
      setup: { hint: '+1 *** *** **34' },
    })
  })

  test('EO-05 masks every number with as many stars', () => {
    expect(enroll('+447400123450')?.hint).toBe('+44 *** *** **50')
    expect(enroll('+37251234567')?.hint).toBe('+372 *** *** **67')
  })

  test.each([
    '',
    '2025550134',
    '+1 202 555 0134',
    '+1202555013',
    '+1202555013456',
    '+120255501ab',
    'tel:+12025550134',
    '+12025550134;ext=5',
    '+99912345678',
  ])('takes nothing but a valid number in E.164: %s', (number) => {
    expect(enroll(number)).toBeNull()
  })

  test('PA-14 never throws, whatever the number', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (number) => {
        expect(enroll(number)).toBeNull()
      }),
      { seed: 164 },
    )
  })
})

describe('TF-07 where text messages go', () => {
  const made = (countries: readonly string[]) => sms({ sender, countries })
  const inGermany = made(['DE', 'AT'])(settings)
  const enrolling = (confirmedPhone: string) =>
    inGermany.enroll({ account: { ...account, confirmedPhone }, now: noon, random: seededRandom('s'), others: [] })
  const notice: Notice = {
    id: 'n',
    accountId: account.id,
    kind: 'method.added',
    at: noon,
    channel: 'sms',
    ip: '192.0.2.7',
    userAgent: 'x',
    subject: 'Work phone',
    addressee: null,
  }

  test('to the countries that are allowed, and to no other', () => {
    expect(enrolling('+4915112345678')?.secret).toBe('+4915112345678')
    expect(enrolling('+43664123456')?.secret).toBe('+43664123456')
    expect(enrolling('+12025550134')).toBeNull()
  })

  test.each(['+499001234567', '+4930123456', '+881612345678', '+12025550134'])(
    'neither set up nor told anything: %s',
    (number) => {
      expect(enrolling(number)).toBeNull()
      expect(inGermany.notify?.({ ...account, confirmedPhone: number }, notice)).toBeNull()
    },
  )

  test('a number that was allowed when it was set up is refused before the sender is asked', async () => {
    const before = sender.taken.length
    for (const number of ['+12025550134', '+499001234567', 'none']) {
      const prompt = inGermany.prompt?.(prompting(), enrolled(number))
      await expect(prompt?.deliver(signal)).rejects.toThrow(
        expect.objectContaining({ code: 'delivery_failed', message: expect.stringMatching(/^no text message goes/) }),
      )
      expect(prompt?.destination).toBe(number)
    }
    expect(sender.taken).toHaveLength(before)
  })

  test('the sends to neighbours can be counted together: by dial code, and by all digits but the last three', () => {
    const range = (number: string): unknown => inGermany.prompt?.(prompting(), enrolled(number)).range
    expect(range('+4915112345678')).toEqual({ dialCode: '+49', numbers: '+4915112345' })
    expect(range('+4915112345999')).toEqual(range('+4915112345678'))
    expect(range('+12025550134')).toEqual({ dialCode: '+1', numbers: '+12025550' })
    expect(range('none')).toBeUndefined()
  })

  test.each([[[]], [['de']], [['Germany']], [['DE', '']], [['DE', 'XX']], [['__proto__']], [['001']]])(
    'a list that names no country, or one that is none, keeps Sallyport from starting: %j',
    (countries) => {
      expect(() => made(countries)(settings)).toThrow(
        expect.objectContaining({ code: 'option_invalid', message: expect.stringMatching(/^sms\.countries: /) }),
      )
    },
  )

  test('a list that is changed afterwards changes nothing', () => {
    const countries = ['DE']
    const method = made(countries)(settings)
    countries.push('US')
    const german = { ...account, confirmedPhone: '+4915112345678' }
    expect(method.enroll({ account: german, now: noon, random: seededRandom('s'), others: [] })).not.toBeNull()
    expect(method.enroll({ account, now: noon, random: seededRandom('s'), others: [] })).toBeNull()
  })
})

describe('a code by text message', () => {
  test('is kept only as its keyed hash and answers once under that state', async () => {
    const { method, prompt, code } = await prompted()
    expect(prompt).toMatchObject({ state: hash(code), destination: '+12025550134', provider: 'kept' })
    expect(method.check(checking, enrollment, prompt.state, code)).toEqual({ ok: true, spend: 'prompt' })
    expect(method.check(checking, enrollment, prompt.state, code === '000000' ? '000001' : '000000')).toEqual({
      ok: false,
      reason: 'wrong',
    })
  })

  test('TF-13 names the application and the purpose, and ends in the line that binds it to the host', async () => {
    const { message, code } = await prompted('set up Work phone as a second factor')
    expect(message).toEqual({
      to: '+12025550134',
      text: `${code} is your Sallyport Console code to set up Work phone as a second factor.\n\n@console.example.com #${code}`,
    })
  })

  test('is one segment whatever the application and the purpose are called', async () => {
    const host = fc.domain().filter((name) => name.length <= 40)
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary', maxLength: 90 }),
        fc.string({ unit: 'grapheme', maxLength: 300 }),
        host,
        fc.integer({ min: 6, max: 10 }),
        async (name, purpose, domain, digits) => {
          const { message, code } = await prompted(purpose, { name, origin: `https://${domain}` }, digits)
          expect(fitsOneSegment(message.text)).toBe(true)
          expect(code).toHaveLength(digits)
          expect(message.text).toMatch(
            new RegExp(`^${code} is your .*code.*\\n\\n@${domain.toLowerCase().replaceAll('.', '\\.')} #${code}$`, 's'),
          )
        },
      ),
      { seed: 338 },
    )
  })

  test('cuts what is confirmed to the room there is', async () => {
    const { message } = await prompted(`invalidate API key ${'prod-ci '.repeat(30)}`)
    expect(septets(message.text)).toBeGreaterThan(150)
    expect(message.text).toMatch(/to invalidate API key prod-ci .*\.\.\.\.\n\n@/)
    const { text } = (
      await prompted('本番のAPIキーを無効にする、それからもう一度すべてを確認', {
        name: 'Acme',
        origin: 'https://acme.example',
      })
    ).message
    expect(text).toMatch(/ is your Acme code to 本番.*\.\.\.\.\n\n@acme\.example #[0-9]{6}$/)
    expect(text.length).toBeLessThanOrEqual(70)
  })

  test('ends what it cuts with the last word, and leaves out the application’s name where there is no room for it', async () => {
    for (const purpose of ['a '.repeat(200), `aa ${'a '.repeat(200)}`]) {
      expect((await prompted(purpose)).message.text).toMatch(/ a\.\.\.\.\n\n@/)
    }
    const origin = `https://${'a'.repeat(40)}.example`
    const { message, code } = await prompted('本'.repeat(80), { name: '本'.repeat(40), origin })
    expect(message.text).toBe(`${code} is your code.\n\n@${'a'.repeat(40)}.example #${code}`)
  })

  test('TF-13 makes no link of what a person wrote', async () => {
    expect((await prompted('remove http://evil.example from your second factors')).message.text).not.toMatch(
      /http:|evil\.example/,
    )
  })
})

describe('a notice by text message', () => {
  const notice: Notice = {
    id: 'n',
    accountId: account.id,
    kind: 'method.added',
    at: noon,
    channel: 'sms',
    ip: '2001:db8:85a3:8d3:1319:8a2e:370:7348',
    userAgent: 'x',
    subject: 'Work phone',
    addressee: null,
  }

  test('goes only to a confirmed number', () => {
    expect(sms({ sender })(settings).notify?.({ ...account, confirmedPhone: null }, notice)).toBeNull()
  })

  test.each(noticeKinds)(
    'AU-07 about %s says when, from where and what to do, in at most two segments',
    async (kind) => {
      await sms({ sender })(settings)
        .notify?.(account, { ...notice, kind, subject: 'x'.repeat(60) })
        ?.deliver(signal)
      const text = sender.taken.at(-1)?.text ?? ''
      expect(text).toMatch(
        /^Sallyport Console: .* 2025-11-21 12:00 UTC, from 2001:db8:85a3:8d3:1319:8a2e:370:7348\. If /,
      )
      expect(text.endsWith(`${whatToDo(kind)}.`)).toBe(true)
      expect(septets(text)).toBeLessThanOrEqual(306)
    },
  )
})
