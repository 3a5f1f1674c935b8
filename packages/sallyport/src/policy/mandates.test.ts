import { describe, expect, test } from 'vitest'
import { demandedBy, floorInForce, mustKeep } from './mandates.ts'

const strengths: Readonly<Record<string, number>> = { recovery_code: 0, email: 1, sms: 2, totp: 3 }
const strengthOf = (kind: string): number | undefined => strengths[kind]
const mail = { id: 'mail', method: 'email', backup: false }
const app = { id: 'app', method: 'totp', backup: false }
const paper = { id: 'paper', method: 'recovery_code', backup: true }
const everyone = { because: 'everyone must', from: 100 }
const owners = { because: 'you are an owner', from: 200, atLeast: 'sms' }
const demanded = (mandates: Parameters<typeof demandedBy>[0], held: Parameters<typeof demandedBy>[1], now: number) =>
  demandedBy(mandates, held, strengthOf, now)

describe('what the mandates ask of an account', () => {
  test('E1 · is nothing where there are none, and nothing of an account that has what they ask for', () => {
    expect(demanded([], [], 500)).toEqual({ status: 'free', because: [] })
    expect(demanded([everyone, owners], [app, paper], 500)).toEqual({
      status: 'free',
      because: ['everyone must', 'you are an owner'],
    })
  })

  test('E2 · may be postponed until the very moment that the first of them names', () => {
    const postponed = { status: 'postponed', from: 100, because: ['everyone must', 'you are an owner'], atLeast: 'sms' }
    expect(demanded([everyone, owners], [], 99)).toEqual(postponed)
    expect(demanded([everyone, owners], [], 100)).toEqual({ ...postponed, status: 'required' })
  })

  test('M10 · is not met by a method that is too weak, and never by a backup', () => {
    const unmet = { status: 'required', from: 200, because: ['you are an owner'], atLeast: 'sms' }
    expect(demanded([everyone, owners], [mail, paper], 500)).toEqual(unmet)
    expect(demanded([everyone], [paper], 500)).toMatchObject({ status: 'required', atLeast: null })
  })

  test('M10 · is met by the very method that it names', () => {
    const phone = { id: 'phone', method: 'sms', backup: false }
    expect(demanded([owners], [phone], 500)).toEqual({ status: 'free', because: ['you are an owner'] })
  })

  test('BF-16 · is not met by a method that was switched off', () => {
    expect(demanded([everyone], [{ ...app, disabled: true }], 500)).toMatchObject({ status: 'required' })
    expect(demanded([everyone], [{ ...app, disabled: false }], 500)).toMatchObject({ status: 'free' })
  })

  test('is out of reach where it names a method that nobody knows: nothing passes for it', () => {
    expect(demanded([{ ...owners, atLeast: 'carrier_pigeon' }], [app], 500)).toMatchObject({ status: 'required' })
  })

  test('says each reason once', () => {
    expect(demanded([everyone, everyone], [], 0)).toMatchObject({ because: ['everyone must'] })
  })
})

describe('what an account must keep', () => {
  const keep = (left: Parameters<typeof mustKeep>[2], mandates = [everyone, owners], held = [mail, app, paper]) =>
    mustKeep(mandates, held, left, strengthOf)

  test('E3 · is its last method, and the last that is strong enough, also while it may still be postponed', () => {
    expect(keep([mail, app, paper])).toBe(false)
    expect(keep([app, paper])).toBe(false)
    expect(keep([mail, paper])).toBe(true)
    expect(keep([paper])).toBe(true)
    expect(keep([])).toBe(true)
  })

  test('E3 · is its last method even where that is too weak', () => {
    expect(keep([paper], [owners], [mail, paper])).toBe(true)
    expect(keep([], [owners], [mail])).toBe(true)
    expect(keep([mail], [owners], [mail, { ...mail, id: 'other' }])).toBe(false)
    expect(keep([mail, paper], [owners], [mail, { ...mail, id: 'other' }, paper])).toBe(false)
  })

  test('E3 · is no backup: without another method there is nothing to be kept', () => {
    expect(keep([], [owners], [paper])).toBe(false)
  })

  test('is nothing where nothing is mandated', () => {
    expect(keep([], [])).toBe(false)
  })
})

test('the floor is that of the strictest mandate in force', () => {
  const floor = (now: number) =>
    floorInForce([everyone, owners, { ...owners, from: 300, atLeast: 'totp' }], strengthOf, now)
  expect([floor(150), floor(200), floor(300)]).toEqual([null, 'sms', 'totp'])
})
