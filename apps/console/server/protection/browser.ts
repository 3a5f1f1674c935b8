import type { Context } from 'hono'
import type { Random } from 'sallyport'
import { readCookie, writeCookie } from './cookies.ts'

const form = /^[A-Za-z0-9_-]{43}$/

export function isBrowserId(text: string): boolean {
  return form.test(text)
}

/** The random id of this browser, made and set when it has none. It tells two browsers apart and opens nothing. */
export function browserId(c: Context, random: Random): string {
  const known = readCookie(c, 'browser')
  if (known !== null && isBrowserId(known)) return known
  const made = Buffer.from(random(32)).toString('base64url')
  writeCookie(c, 'browser', made)
  return made
}
