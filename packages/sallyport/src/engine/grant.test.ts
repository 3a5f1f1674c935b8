import { expect, test } from 'vitest'
import { type Grant as GrantType, type Granted } from '../index.ts'
import { Grant, mintGrant } from './grant.ts'

const facts = {
  accountId: 'ada',
  sessionId: 's',
  parameters: null,
  methods: ['totp'],
  at: 1,
  challengeId: 'c',
  reason: null,
} as const

const revoking = (): Granted<'api_key.revoke', null> => ({
  ...facts,
  action: 'api_key.revoke',
  resource: { key: 'k1' },
})

test('a grant is good once, for what it allows, and tells nothing otherwise', () => {
  const grant: GrantType = mintGrant<string, null, Granted['resource']>(revoking())
  expect(JSON.stringify(grant)).toBe('{}')
  expect(Object.keys(grant)).toEqual([])
  expect(() => grant.redeem('api_key.create')).toThrow(expect.objectContaining({ code: 'proof_mismatch' }))
  expect(grant.redeem('api_key.revoke')).toEqual(revoking())
  expect(() => grant.redeem('api_key.revoke')).toThrow(expect.objectContaining({ code: 'proof_spent' }))
  expect(() => grant.redeem('api_key.create')).toThrow(expect.objectContaining({ code: 'proof_spent' }))
})

test('a grant can’t be made, copied or imitated outside the engine', () => {
  const grant = mintGrant(revoking())
  const revoke = (given: Grant<'api_key.revoke'>): string => given.redeem('api_key.revoke').resource.key
  // @ts-expect-error -- an object of the same shape is no grant
  expect(() => revoke({ redeem: 'api_key.revoke' })).toThrow(TypeError)
  const creating = mintGrant({ ...facts, action: 'api_key.create', resource: { key: 'k1' } } as const)
  // @ts-expect-error -- a grant of something else is none for this
  expect(() => revoke(creating)).toThrow(expect.objectContaining({ code: 'proof_mismatch' }))
  expect(() => revoke(Object.assign(Object.create(Grant.prototype), grant))).toThrow(TypeError)
  expect(() => revoke(structuredClone(grant))).toThrow(TypeError)
  const refused = { code: 'proof_mismatch', message: 'a grant can only be made by the engine' }
  expect(() => new Grant(Symbol('granting') as never, revoking())).toThrow(expect.objectContaining(refused))
  expect(revoke(grant)).toBe('k1')
})
