import type { ApiError } from '../api/problem.ts'
import { triesLeft } from '../code/words.ts'

/** What stands beside a password that was given again and is wrong: also how many more may be. */
export function wrongPassword(error: ApiError | null, message: string | undefined): string | undefined {
  const left = error?.problem.attemptsLeft
  if (message === undefined || left === undefined) return message
  return `${message} ${triesLeft(left, 'One more wrong password signs you out.')}`
}
