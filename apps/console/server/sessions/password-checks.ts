import type { Clock } from 'sallyport'
import type { Database } from '../database/tables.ts'

/**
 * What a session knows of the password given in it again: how often it was wrong, and whether it was right a moment ago.
 * Each step is one guarded write, and its row count decides.
 */
export interface PasswordChecks {
  /** Counts a try before it is judged. False when there is none left: then it must not be judged. */
  count(sessionId: string): Promise<boolean>
  /** Forgets the tries after a right one. False when the session has ended. */
  passed(sessionId: string): Promise<boolean>
  /** After a wrong one: how many tries are left, none when the session has ended. `ended`: whether that was by this one. */
  failed(sessionId: string): Promise<{ readonly attemptsLeft: number; readonly ended: boolean }>
  /** Uses up the check that `Sessions.rotateChecked` has left: true once, within two minutes of it. */
  take(sessionId: string): Promise<boolean>
}

/** Wrong passwords in a row that end a session. */
export const wrongPasswordLimit = 5
/** How long a right one is good for. */
export const passwordCheckMs = 2 * 60_000

export function createPasswordChecks(database: Database, clock: Clock): PasswordChecks {
  const update = (sessionId: string) => database.updateTable('session').where('id_hash', '=', sessionId)
  return {
    async count(sessionId) {
      const counted = update(sessionId)
        .set((column) => ({ wrong_passwords: column('wrong_passwords', '+', 1) }))
        .where('wrong_passwords', '<', wrongPasswordLimit)
      return (await counted.executeTakeFirst()).numUpdatedRows === 1n
    },
    async passed(sessionId) {
      const forgotten = update(sessionId).set({ wrong_passwords: 0 })
      return (await forgotten.executeTakeFirst()).numUpdatedRows === 1n
    },
    async failed(sessionId) {
      const over = database
        .deleteFrom('session')
        .where('id_hash', '=', sessionId)
        .where('wrong_passwords', '>=', wrongPasswordLimit)
      const ended = (await over.executeTakeFirst()).numDeletedRows === 1n
      const session = database.selectFrom('session').select('wrong_passwords').where('id_hash', '=', sessionId)
      const found = await session.executeTakeFirst()
      // Another try may have counted meanwhile: it is the one to end the session.
      const attemptsLeft = found === undefined ? 0 : Math.max(1, wrongPasswordLimit - found.wrong_passwords)
      return { attemptsLeft, ended }
    },
    async take(sessionId) {
      const taken = update(sessionId)
        .set({ password_checked_at: null })
        .where('password_checked_at', '>', clock() - passwordCheckMs)
      return (await taken.executeTakeFirst()).numUpdatedRows === 1n
    },
  }
}
