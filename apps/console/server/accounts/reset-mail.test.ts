import { expect, test } from 'vitest'
import { resetMail } from './reset-mail.ts'

const token = 'a'.repeat(43)
const letter = { to: 'ada@example.com', app: 'Sallyport Console', origin: 'https://console.example', token }
const mail = resetMail({ ...letter, hasPassword: true })

test('says what the link does, how long it is good, and that it may be ignored', () => {
  expect(mail.to).toBe('ada@example.com')
  expect(mail.text).toContain('set a new password for your account at Sallyport Console')
  expect(mail.text).toContain('good for 60 minutes, once')
  expect(mail.text).toContain('It signs nobody in')
  expect(mail.text).toContain('ignore this message')
})

test('to whoever has none yet it speaks of no new one', () => {
  const first = resetMail({ ...letter, hasPassword: false })
  expect(first.subject).toBe('Sallyport Console: choose a password')
  expect(first.text).toContain('set a password for your account')
  expect(first.text).not.toMatch(/new password|your password/)
})

test('TF-13 the only link is ours, and the token stands where no server sees it', () => {
  const link = `https://console.example/reset-password#${token}`
  expect(mail.text.match(/https?:\S+/g)).toEqual([link])
  expect(mail.html.match(/href="[^"]*"/g)).toEqual([`href="${link}"`])
  expect(new URL(link).pathname + new URL(link).search).not.toContain(token)
})
