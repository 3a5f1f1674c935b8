import { expect, test } from 'vitest'
import { independentOf } from './independent.ts'

const candidate = (method: string, codesLeft = 0) => ({
  row: { method, backup: method === 'recovery_code', codesLeft },
})
const [mail, app] = [candidate('email'), candidate('totp')]

test('L5 · what repeats the evidence is left out while there is any other method', () => {
  expect(independentOf([mail, app], ['password', 'email'])).toEqual([app])
  expect(independentOf([mail, app], ['password'])).toEqual([mail, app])
})

test('L5 · an unused recovery code is another method, a used-up set is none', () => {
  const [codes, none] = [candidate('recovery_code', 3), candidate('recovery_code', 0)]
  expect(independentOf([mail, codes], ['password', 'email'])).toEqual([codes])
  expect(independentOf([mail, none], ['password', 'email'])).toEqual([mail, none])
})

test('what is all there is may answer', () => {
  expect(independentOf([mail], ['password', 'email'])).toEqual([mail])
})
