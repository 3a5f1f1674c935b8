import { type Step, sql } from './query.ts'
import type { Store } from '../../contract/store.ts'

/** Accounts of which nothing is left but a challenge that is over: registrations that were never confirmed. */
const deleteForgotten = sql(`DELETE FROM sallyport_account WHERE account_id IN
  (SELECT account_id FROM sallyport_challenge WHERE expires_at < ? ORDER BY expires_at LIMIT ?)
  AND mfa_enabled_at IS NULL AND locked_until < ?
  AND NOT EXISTS (SELECT 1 FROM sallyport_challenge c WHERE c.account_id = sallyport_account.account_id AND c.expires_at >= ?)
  AND NOT EXISTS (SELECT 1 FROM sallyport_enrollment e WHERE e.account_id = sallyport_account.account_id AND e.status = 'active')`)

/** With `until` twice, because what is counted for it meanwhile is only seen in the row that goes. */
const deleteRates = sql(`DELETE FROM sallyport_rate WHERE name IN
  (SELECT name FROM sallyport_rate WHERE until < ? ORDER BY until LIMIT ?) AND until < ?`)

const batches = [
  // Before the devices that the rotated tokens are found by.
  sql(`DELETE FROM sallyport_rotated_token WHERE device_id IN
    (SELECT id FROM sallyport_trusted_device WHERE expires_at < ? ORDER BY expires_at LIMIT ?)`),
  sql(`DELETE FROM sallyport_trusted_device WHERE id IN
    (SELECT id FROM sallyport_trusted_device WHERE expires_at < ? ORDER BY expires_at LIMIT ?)`),
  sql(`DELETE FROM sallyport_known_browser WHERE id IN
    (SELECT id FROM sallyport_known_browser WHERE expires_at < ? ORDER BY expires_at LIMIT ?)`),
  sql(`DELETE FROM sallyport_challenge WHERE id IN
    (SELECT id FROM sallyport_challenge WHERE expires_at < ? ORDER BY expires_at LIMIT ?)`),
  sql(`DELETE FROM sallyport_grant WHERE id IN
    (SELECT id FROM sallyport_grant WHERE expires_at < ? ORDER BY expires_at LIMIT ?)`),
  sql(`DELETE FROM sallyport_enrollment WHERE status = 'pending' AND id IN
    (SELECT id FROM sallyport_enrollment WHERE status = 'pending' AND created_at < ? ORDER BY created_at LIMIT ?)`),
  sql(`DELETE FROM sallyport_send WHERE id IN
    (SELECT id FROM sallyport_send WHERE sent_at < ? ORDER BY sent_at LIMIT ?)`),
  sql(`DELETE FROM sallyport_destination WHERE destination_hash IN
    (SELECT destination_hash FROM sallyport_destination WHERE last_sent_at < ? ORDER BY last_sent_at LIMIT ?)`),
]

export function* purge(input: Parameters<Store['purge']>[0]): Step<number> {
  // First, because these are found by the challenges that the next batch removes.
  let removed = (yield* deleteForgotten(input.before, input.limit, input.before, input.before)).changes
  for (const batch of batches) removed += (yield* batch(input.before, input.limit)).changes
  // Last, as sending locks a destination before its rates.
  return removed + (yield* deleteRates(input.before, input.limit, input.before)).changes
}
