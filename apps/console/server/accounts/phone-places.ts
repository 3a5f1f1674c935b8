import { isUniqueViolation } from '../database/open.ts'

/** How many accounts can have one number confirmed: the phone of a household, and not that of whoever sells accounts (THREATS EN-15). */
export const accountsPerPhone = 3

/**
 * Confirms a number for an account in one of the places that the number has. Each is one account's: the unique index decides,
 * whoever else confirms it at that moment. False when all are taken, or when `confirm` is.
 */
export async function inFreePlace(confirm: (place: number) => Promise<boolean>): Promise<boolean> {
  for (let place = 1; place <= accountsPerPhone; place += 1) {
    try {
      return await confirm(place)
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
    }
  }
  return false
}
