import { createHmac, timingSafeEqual } from 'node:crypto'
import { keysFor } from './keys.ts'

/**
 * A token that only a page of this origin can read, bound to one browser and one session: it changes when the session
 * does, and is worthless in any other browser. Nothing is stored.
 */
export interface Csrf {
  token(browser: string, sessionToken: string | null): string
  matches(token: string, browser: string, sessionToken: string | null): boolean
}

/** `keys`: at least one, in base64url. The first makes tokens, all accept them, so that rotating the keys breaks no open page. */
export function createCsrf(keys: readonly string[]): Csrf {
  const [newest, ...older] = keysFor('csrf', keys)
  return {
    token: (browser, sessionToken) => mac(newest, browser, sessionToken).toString('base64url'),
    matches(token, browser, sessionToken) {
      const given = Buffer.from(token, 'base64url')
      return [newest, ...older].some((key) => {
        const expected = mac(key, browser, sessionToken)
        return given.length === expected.length && timingSafeEqual(given, expected)
      })
    },
  }
}

function mac(key: Buffer, browser: string, sessionToken: string | null): Buffer {
  return createHmac('sha256', key)
    .update(JSON.stringify([browser, sessionToken]))
    .digest()
}
