import { expect, test } from 'vitest'
import { type Proof as ProofType } from '../index.ts'
import { bounded, mint, Proof } from './proof.ts'

const facts = {
  accountId: 'ada',
  resource: '',
  methods: ['password'],
  amr: ['pwd'],
  at: 1,
  begunAt: 1,
  challengeId: null,
  reason: 'mfa_off',
  replaces: false,
} as const

test('a proof is good once, for what it proves, and tells nothing otherwise', () => {
  const proof: ProofType = mint({ ...facts, action: 'email.confirm' })
  expect(JSON.stringify(proof)).toBe('{}')
  expect(Object.keys(proof)).toEqual([])
  expect(() => proof.redeem('login')).toThrow(expect.objectContaining({ code: 'proof_mismatch' }))
  expect(proof.redeem('email.confirm').accountId).toBe('ada')
  expect(() => proof.redeem('email.confirm')).toThrow(expect.objectContaining({ code: 'proof_spent' }))
})

test('a proof can’t be made, copied or imitated outside the engine', () => {
  const proof = mint({ ...facts, action: 'login' })
  const issue = (given: Proof<'login'>): string => given.redeem('login').accountId
  // @ts-expect-error -- an object of the same shape is no proof
  expect(() => issue({ redeem: 'login' })).toThrow(TypeError)
  // @ts-expect-error -- a proof of something else is none for a session
  expect(() => issue(mint({ ...facts, action: 'email.confirm' }))).toThrow()
  expect(() => issue(Object.assign(Object.create(Proof.prototype), proof))).toThrow(TypeError)
  expect(() => issue(structuredClone(proof))).toThrow(TypeError)
  const refused = { code: 'proof_mismatch', message: 'a proof can only be made by the engine' }
  expect(() => new Proof(Symbol('minting') as never, { ...facts, action: 'login' })).toThrow(
    expect.objectContaining(refused),
  )
  expect(issue(proof)).toBe('ada')
})

test('of what a provider says was proved, only short plain words are taken over, and no more than sixteen', () => {
  expect(bounded(['otp', '', 'a b', 'x'.repeat(32), 'x'.repeat(33), 'a-b_c.d', 'é', 'hwk\n'])).toEqual([
    'otp',
    'x'.repeat(32),
    'a-b_c.d',
  ])
  const many = Array.from({ length: 20 }, (_, index) => `amr${index}`)
  expect(bounded(['', ...many])).toEqual(many.slice(0, 16))
})
