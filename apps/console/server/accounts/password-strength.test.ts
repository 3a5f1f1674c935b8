import { expect, test } from 'vitest'
import { passwordWeakness, wordsOf } from './password-strength.ts'

const about = wordsOf('ada.lovelace@example.com')

test.each([
  'harbour-lantern-41',
  'kd83hf7s',
  'correct horse battery',
  'пароль-фонарь-гавань',
  'x9#'.repeat(3) + 'Tq!m2',
  'aQ7!'.repeat(1) + 'v'.repeat(60) + 'zK3',
])('%j can be used', (password) => {
  expect(passwordWeakness(password, about)).toBeNull()
})

test.each([
  'password',
  'Password1!',
  'P@ssw0rd2024',
  'qwertyuiop12',
  'letmein123',
  'aaaaaaaaaaaa',
  '12345678',
  'Summer2024',
  'trustno1trustno1',
])('%j is easy to guess', (password) => {
  expect(passwordWeakness(password, about)).toMatch(/easy to guess/)
})

test('the e-mail address is no password', () => {
  expect(passwordWeakness('ada.lovelace@example.com', about)).not.toBeNull()
  expect(passwordWeakness('Lovelace1', about)).not.toBeNull()
})

test('a length is counted in characters as a person sees them', () => {
  expect(passwordWeakness('kd83hf7', about)).toMatch(/at least 8/)
  expect(passwordWeakness('🦊🐢🦉🐝🦔🐙🦜🐌', about)).toBeNull()
  expect(passwordWeakness('kd83-'.repeat(52), about)).toMatch(/at most 256/)
})

test('the longest password is judged without holding up anybody', () => {
  const hostile = Array.from({ length: 256 }, (_, i) => String.fromCharCode(33 + ((i * i * 7) % 94))).join('')
  expect(passwordWeakness(hostile, about)).toBeNull()
})
