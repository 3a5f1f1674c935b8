import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { ActionDefinition } from '../contract/action.ts'
import { KeyRing } from '../crypto/key-ring.ts'
import { bind } from './binding.ts'
import type { Parts } from './parts.ts'

const keys = new KeyRing([randomBytes(32).toString('base64url')])
const parts = { keys } as unknown as Parts
const definition: ActionDefinition = {
  purpose: 'move {key} to {team}',
  unexpected: '',
  needed: 'always',
  gives: 'grant',
  lasts: 'once',
}
const window: ActionDefinition = { ...definition, lasts: { windowSeconds: 60, sliding: true, ceilingSeconds: 60 } }

interface Different {
  readonly name?: string
  readonly action?: ActionDefinition
  readonly accountId?: string
  readonly sessionId?: string
  readonly resource?: Parameters<typeof bind>[3]['resource']
  readonly parameters?: unknown
}

const given = { accountId: 'ada', sessionId: 's', resource: { key: 'k', team: 't' }, parameters: null }
const bound = ({ name = 'key.move', action = definition, ...different }: Different = {}) =>
  bind(parts, name, action, { ...given, ...different })
const digest = (different: Different): string => bound(different).key.digest
const withParameters = (parameters: unknown): string => digest({ parameters })

describe('what a confirmation is bound to', () => {
  test('S8 · is named in the sentence that a person is shown', () => {
    const resource = { key: { id: 'k1', name: 'prod-ci' }, team: 't1' }
    expect(bound({ resource })).toMatchObject({ purpose: 'move prod-ci to t1', ids: { key: 'k1', team: 't1' } })
  })

  test('is one line of bounded length, whatever people have named their things', () => {
    const shown = (key: string, team: string) => bound({ resource: { key: { id: 'k', name: key }, team } }).purpose
    expect(shown('a\r\n\u2028\t b', ' c\u202e\n')).toBe('move a b to c')
    const long = shown('🔑'.repeat(500), 't')
    expect(Array.from(long)).toHaveLength(400)
    expect(long.endsWith('🔑')).toBe(true)
  })

  test('has to be named, each thing of it', () => {
    const refused = (message: string) => expect.objectContaining({ code: 'action_invalid', message })
    expect(() => bound({ resource: { key: 'k' } })).toThrow(refused('key.move acts on team, not named'))
    expect(() => bound({ resource: {} })).toThrow(refused('key.move acts on key, team, not named'))
    const inherited = Object.create({ team: 't' }, { key: { value: 'k', enumerable: true } }) as { key: string }
    expect(() => bound({ resource: inherited })).toThrow(expect.objectContaining({ code: 'action_invalid' }))
  })

  test('is the action, each id and the sentence', () => {
    const all = [
      digest({}),
      digest({ name: 'key.copy' }),
      digest({ resource: { key: 'k2', team: 't' } }),
      digest({ resource: { key: 'k', team: 't2' } }),
      digest({ resource: { key: 't', team: 'k' } }),
      digest({ resource: { key: { id: 'k', name: 'shown otherwise' }, team: 't' } }),
      digest({ parameters: {} }),
    ]
    expect(new Set(all).size).toBe(all.length)
    expect(digest({ resource: { team: 't', key: { id: 'k', name: 'k' } } })).toBe(all[0])
  })

  test('is hashed in the same way by every version, for what is confirmed outlives an upgrade', () => {
    const { key } = bound({ resource: { team: 't', key: 'k' }, parameters: { b: [1, 'x'], a: null } })
    const exact = '[{"key":"k","team":"t"},{"a":null,"b":[1,"x"]},"move k to t"]'
    expect(key.digest).toBe(keys.hash('["grant","key.move"]', exact))
    expect(key.sessionHash).toBe(keys.hash('["grant session","ada"]', 's'))
    expect(digest({ action: window })).toBe(keys.hash('["grant","key.move"]', '[{"key":"k","team":"t"}]'))
  })

  test('of a window is the ids alone', () => {
    const name = { resource: { key: { id: 'k', name: 'renamed' }, team: 't' } }
    expect(digest({ action: window, ...name, parameters: { role: 'owner' } })).toBe(digest({ action: window }))
    expect(digest({ action: window })).not.toBe(digest({}))
    expect(digest({ action: window, resource: { key: 'k', team: 't2' } })).not.toBe(digest({ action: window }))
  })

  test('is hidden under a key, and so is the session, which is another in another account', () => {
    const other = { keys: new KeyRing([randomBytes(32).toString('base64url')]) } as unknown as Parts
    expect(bind(other, 'key.move', definition, given).key.digest).not.toBe(digest({}))
    const { sessionHash } = bound().key
    expect(sessionHash).not.toContain('s ')
    expect(bound({ sessionId: 's2' }).key.sessionHash).not.toBe(sessionHash)
    expect(bound({ accountId: 'eve' }).key.sessionHash).not.toBe(sessionHash)
    expect(bound({ sessionId: 's2' }).key.digest).toBe(digest({}))
  })

  test('ids with odd characters can’t be mistaken for two', () => {
    const odd = [
      { key: 'x","team":"y', team: 'z' },
      { key: 'x', team: 'y","team":"z' },
      { key: 'x', team: 'y' },
      { key: 'x\\', team: 'y' },
      { key: 'x"', team: 'y' },
      { key: '', team: 'xy' },
      { key: 'xy', team: '' },
      { key: 'x\u0000', team: 'y' },
      { key: 'é', team: 'y' },
      { key: 'e\u0301', team: 'y' },
    ]
    // The same sentence for all, so that the ids alone tell them apart.
    const named = odd.map(({ key, team }) => ({ key: { id: key, name: 'a' }, team: { id: team, name: 'b' } }))
    expect(new Set(named.map((resource) => digest({ resource }))).size).toBe(odd.length)
    expect(new Set(named.map((resource) => digest({ action: window, resource }))).size).toBe(odd.length)
  })
})

describe('parameters', () => {
  test('are the same in whatever order their members come', () => {
    expect(withParameters({ a: 1, b: { c: [1, 2], d: null } })).toBe(
      withParameters({ b: { d: null, c: [1, 2] }, a: 1 }),
    )
    expect(withParameters(Object.assign(Object.create(null) as object, { a: 1 }))).toBe(withParameters({ a: 1 }))
  })

  test('left out are null, and a member that is undefined is left out', () => {
    expect(withParameters(undefined)).toBe(withParameters(null))
    expect(withParameters({ a: 1, b: undefined })).toBe(withParameters({ a: 1 }))
    expect(withParameters({ b: null })).not.toBe(withParameters({}))
  })

  test('of another type, order or nesting are others', () => {
    const different: readonly unknown[] = [
      null,
      1,
      '1',
      true,
      'true',
      [],
      {},
      '',
      [1],
      ['1'],
      [1, 2],
      [2, 1],
      [[1], 2],
      [[1, 2]],
      { a: 1 },
      { a: '1' },
      { a: { b: 1 } },
      { 'a.b': 1 },
      { a: 'x","b":"y' },
      { a: 'x', b: 'y' },
      { 'a":"x","b': 'y' },
      0.1,
      1e21,
    ]
    expect(new Set(different.map(withParameters)).size).toBe(different.length)
    expect(withParameters(-0)).toBe(withParameters(0))
  })

  test.each([definition, window])('are nested 32 deep at most, whatever is in the innermost', (action) => {
    const nested = (depth: number, within: unknown): unknown => (depth === 0 ? within : [nested(depth - 1, within)])
    const members = (depth: number): unknown => (depth === 0 ? 1 : { a: members(depth - 1) })
    const refused = expect.objectContaining({ code: 'request_invalid', message: 'parameters: nested too deeply' })
    for (const deepest of [nested(32, 1), nested(31, []), members(32)]) {
      expect(bound({ action, parameters: deepest }).parameters).toEqual(deepest)
    }
    for (const deeper of [nested(33, 1), nested(32, {}), members(33)]) {
      expect(() => bound({ action, parameters: deeper })).toThrow(refused)
    }
  })

  test.each([
    Number.NaN,
    Number.POSITIVE_INFINITY,
    new Date(0),
    () => 1,
    Symbol('x'),
    1n,
    new Map([['a', 1]]),
    new (class Key {
      id = 1
    })(),
    [undefined],
    { deep: [{ at: new Date(0) }] },
  ])('that are no JSON are refused: %s', (parameters) => {
    const message = 'parameters: only JSON values can be bound to a confirmation'
    expect(() => withParameters(parameters)).toThrow(expect.objectContaining({ code: 'request_invalid', message }))
  })
})
