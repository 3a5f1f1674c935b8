import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { client } from '../../../../test/support/library.ts'
import type { AuditEntry } from '../contract/audit.ts'
import type { Recording } from '../contract/store.ts'
import { KeyRing } from '../crypto/key-ring.ts'
import { asIfConfirmed, follow } from './follow.ts'
import type { Parts } from './parts.ts'
import { boundTo } from './secret.ts'

interface Row {
  readonly id: string
  readonly method: string
  readonly to: string
}

const mine: Row = { id: 'mine', method: 'email', to: 'old@example.com' }
const phone: Row = { id: 'phone', method: 'sms', to: '+14155552671' }
const replacement = { accountId: 'ada', kind: 'email', destination: 'new@example.com' } as const

/** What the account has each time it is read, the last one from then on; and what is done to it. */
function following(...reads: readonly [readonly Row[], ...(readonly Row[])[]]) {
  const keys = new KeyRing([randomBytes(32).toString('base64url')])
  const moved: string[] = []
  const told: (readonly AuditEntry[])[] = []
  const seen = { ended: 0, reads: 0, moves: true, moved, told }
  const store = {
    async readAccount() {
      const rows = reads[Math.min(seen.reads, reads.length - 1)] ?? []
      seen.reads += 1
      const sealed = ({ id, to }: Row): string => keys.seal(to, boundTo('ada', id), randomBytes)
      return { enrollments: rows.map((row) => ({ ...row, accountId: 'ada', hint: row.to, sealed: sealed(row) })) }
    },
    endGrants: async () => (seen.ended += 1),
    async moveEnrollment(input: { enrollmentId: string; sealed: string; record: Recording<boolean> }) {
      moved.push(`${input.enrollmentId}: ${keys.open(input.sealed, boundTo('ada', input.enrollmentId))}`)
      told.push(input.record(seen.moves).audit)
      return seen.moves
    },
  }
  const email = {
    enroll: ({ account }: { account: { confirmedEmail: string | null } }) =>
      account.confirmedEmail?.includes('@') === true
        ? { secret: account.confirmedEmail, hint: 'n***', setup: {} }
        : null,
  }
  const parts = { store, keys, methods: new Map([['email', email]]), clock: () => 7, random: randomBytes }
  const run = (destination = replacement.destination as string) =>
    follow(parts as unknown as Parts, { ...replacement, destination }, client)
  return { seen, run }
}

test('each second factor that sends elsewhere is moved, and no other', async () => {
  const there = { ...mine, id: 'there', to: replacement.destination }
  const { seen, run } = following([there, phone, mine])
  await run()
  expect(seen.moved).toEqual(['mine: new@example.com'])
  expect(seen.told).toMatchObject([
    [{ event: 'method.moved', outcome: 'ok', accountId: 'ada', enrollmentId: 'mine', method: 'email', at: 7 }],
  ])
  expect(seen.told[0]?.[0]?.detail).toEqual({ from: 'old@example.com', to: 'n***' })
})

test('one that sends there already is left, and so is what was confirmed', async () => {
  const { seen, run } = following([{ ...mine, to: replacement.destination }, phone])
  await run()
  expect(seen).toMatchObject({ moved: [], ended: 0 })
})

test('what was confirmed until then ends before anything is moved, also where there is nothing to move yet', async () => {
  for (const rows of [[mine], [phone], []]) {
    const { seen, run } = following(rows)
    await run()
    expect(seen.ended).toBe(1)
  }
})

test('one that another has moved meanwhile is not moved again', async () => {
  const { seen, run } = following([mine], [{ ...mine, to: replacement.destination }])
  await run()
  expect(seen).toMatchObject({ moved: [], ended: 1 })
})

test('one that slips away in that very moment is a fault to be tried again, and stands in no audit log', async () => {
  const { seen, run } = following([mine])
  seen.moves = false
  const lost = { code: 'store_failed', message: 'another change of the contact came between' }
  await expect(run()).rejects.toMatchObject(lost)
  expect(seen.told).toEqual([[]])
})

test('a destination that nothing can be sent to moves nothing', async () => {
  const { seen, run } = following([mine])
  const refused = { code: 'method_unavailable', message: 'the destination is not one to send to' }
  await expect(run('nowhere')).rejects.toMatchObject(refused)
  expect(seen.moved).toEqual([])
})

test('an account is had with the one contact that was confirmed, and no other', () => {
  const email = { id: 'ada', label: 'a@b.example', confirmedEmail: 'a@b.example', confirmedPhone: null }
  expect(asIfConfirmed('ada', 'email', 'a@b.example')).toEqual(email)
  const sms = { id: 'ada', label: '+14155552671', confirmedEmail: null, confirmedPhone: '+14155552671' }
  expect(asIfConfirmed('ada', 'sms', '+14155552671')).toEqual(sms)
})
