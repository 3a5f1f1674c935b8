import { type Step, sql } from './query.ts'
import type { Store } from '../../contract/store.ts'

const batches = [
  sql(`DELETE FROM sallyport_challenge WHERE id IN
    (SELECT id FROM sallyport_challenge WHERE expires_at < ? ORDER BY expires_at LIMIT ?)`),
  sql(`DELETE FROM sallyport_enrollment WHERE status = 'pending' AND id IN
    (SELECT id FROM sallyport_enrollment WHERE status = 'pending' AND created_at < ? ORDER BY created_at LIMIT ?)`),
  sql(`DELETE FROM sallyport_send WHERE id IN
    (SELECT id FROM sallyport_send WHERE sent_at < ? ORDER BY sent_at LIMIT ?)`),
  sql(`DELETE FROM sallyport_destination WHERE destination_hash IN
    (SELECT destination_hash FROM sallyport_destination WHERE last_sent_at < ? ORDER BY last_sent_at LIMIT ?)`),
]

export function* purge(input: Parameters<Store['purge']>[0]): Step<number> {
  let removed = 0
  for (const batch of batches) removed += (yield* batch(input.before, input.limit)).changes
  return removed
}
