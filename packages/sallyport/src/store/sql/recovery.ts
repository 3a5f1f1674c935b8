import type { Store } from '../../contract/store.ts'
import { lockIfKnown } from './account.ts'
import { cancelEverything } from './challenge.ts'
import { type Step, sql } from './query.ts'
import { recorded } from './record.ts'

const setPasswordBy = sql(
  'UPDATE sallyport_account SET password_by = ?, password_by_at = ? WHERE account_id = ? AND mfa_enabled_at IS NOT NULL',
)

const liftLock = sql(`UPDATE sallyport_account SET failures = 0, locks = 0, locked_until = 0
  WHERE account_id = ? AND locked_until > ?`)

export function* noteReset({ accountId, by, now, record }: Parameters<Store['noteReset']>[0]): Step<void> {
  yield* lockIfKnown(accountId)
  yield* setPasswordBy(by, now, accountId)
  yield* cancelEverything(accountId)
  yield* recorded('noted' as const, record)
}

export function* unlock({ accountId, now, record }: Parameters<Store['unlock']>[0]): Step<boolean> {
  const { changes } = yield* liftLock(accountId, now)
  return yield* recorded(changes === 1, record)
}
