import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inert, invitationMail } from './invitation-mail.ts'

const letter = {
  to: 'eve@example.com',
  app: 'Sallyport Console',
  origin: 'https://console.example',
  inviter: 'ada@example.com',
  team: 'Observatory',
  role: 'admin',
  token: 'a'.repeat(43),
} as const

test('says who invites to what, and how long the link is good', () => {
  const { to, text } = invitationMail(letter)
  expect(to).toBe('eve@example.com')
  expect(text).toContain('ada at example. com invites you to the team "Observatory" at Sallyport Console, as an admin.')
  expect(text).toContain(`https://console.example/invitation#${letter.token}`)
  expect(text).toContain('good for 7 days, once. It signs nobody in.')
})

test('TF-13 whatever people call themselves and their teams, the only link is ours', () => {
  const { text, html } = invitationMail({ ...letter, team: '<a href="https://evil.example">www.evil.example</a>' })
  expect(text.match(/https?:\S+/g)).toEqual([`https://console.example/invitation#${letter.token}`])
  expect(text).not.toMatch(/evil\.example/)
  expect(html.match(/<a /g)).toHaveLength(1)
  expect(html).not.toMatch(/evil\.example/)
})

test('a name is one line without anything that could be followed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (words) => {
      expect(inert(words)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}\n]|:\/\/|@/u)
    }),
    { seed: 13 },
  )
})
