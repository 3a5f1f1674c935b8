import type { KeyRing } from 'sallyport/crypto/key-ring'

/**
 * A token that only a page of this origin can read, bound to one browser and one session: it changes when the session
 * does, and is worthless in any other browser. Nothing is stored.
 */
export interface Csrf {
  token(browser: string, sessionToken: string | null): string
  matches(token: string, browser: string, sessionToken: string | null): boolean
}

const context = 'console csrf'

export function createCsrf(keys: KeyRing): Csrf {
  return {
    token: (browser, sessionToken) => keys.hash(context, subject(browser, sessionToken)),
    matches: (token, browser, sessionToken) => keys.matches(token, context, subject(browser, sessionToken)),
  }
}

function subject(browser: string, sessionToken: string | null): string {
  return JSON.stringify([browser, sessionToken])
}
