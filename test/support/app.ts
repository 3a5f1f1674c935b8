import { expect } from 'vitest'
import { decodeJwt } from 'jose'
import type { RunningConsole } from './console.ts'
import { codeFor, type Person, secrets } from './person.ts'
import { type Answer, Visitor } from './visitor.ts'

export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
}

/**
 * A person's app: sends its access token and nothing that a browser would add by itself. Where a visitor stands for a
 * browser, it stands in for one: told that its token is no good, it refreshes it and asks again.
 */
export class App extends Visitor {
  tokens: Tokens | null = null

  override send(method: string, path: string, body: unknown = {}, headers = {}): Promise<Answer> {
    return this.#refreshing(() => this.request(path, { method, body, headers }))
  }

  override get(path: string): Promise<Answer> {
    return this.#refreshing(() => this.request(path))
  }

  async #refreshing(request: () => Promise<Answer>): Promise<Answer> {
    const first = await request()
    if (first.body?.code !== 'token_invalid') return first
    return (await this.refresh()).status === 200 ? await request() : first
  }

  override session(): Promise<Answer> {
    return this.get('/api/session')
  }

  override async request(path: string, sent: Parameters<Visitor['request']>[1] = {}): Promise<Answer> {
    const authorization = this.tokens === null ? null : `Bearer ${this.tokens.accessToken}`
    const none = { cookie: null, origin: null, 'sec-fetch-site': null }
    const answer = await super.request(path, { ...sent, headers: { ...none, authorization, ...sent.headers } })
    expect(answer.headers.getSetCookie(), 'an app is given no cookie').toEqual([])
    return answer
  }

  /** A route under /api/mobile; keeps the tokens that it gives. */
  async mobile(path: string, body: object): Promise<Answer> {
    const answer = await this.request(`/api/mobile/${path}`, { method: 'POST', body, headers: { authorization: null } })
    if (answer.body?.status === 'tokens') this.tokens = answer.body
    return answer
  }

  refresh(refreshToken = this.tokens?.refreshToken): Promise<Answer> {
    return this.mobile('refresh', { refreshToken })
  }

  /** Another one with the same tokens: what someone has who copied them. */
  override copy(): App {
    const copy = new App(this.origin)
    copy.tokens = this.tokens
    return copy
  }

  get claims(): Record<string, unknown> {
    if (this.tokens === null) throw new Error('there is no access token')
    return decodeJwt(this.tokens.accessToken)
  }
}

export interface AppPerson extends Person {
  readonly browser: App
}

/** The same person with an app that is yet to sign in. */
export function withApp(person: Person): AppPerson {
  return { ...person, browser: new App(person.browser.origin) }
}

/** Signs the app in, with the second factor that is asked for first where there is one. */
export async function signInApp(running: RunningConsole, person: AppPerson): Promise<Answer> {
  const { browser, email, password } = person
  const first = await browser.mobile('sign-in', { email, password })
  if (first.body?.status !== 'mfa_required') return first
  const { challengeToken, challenge } = first.body
  const [{ enrollmentId, method }] = challenge.methods
  running.clock.advance(30_000)
  const answer = codeFor(running, person, method, secrets.get(enrollmentId))
  return await browser.mobile('challenge/answer', { challengeToken, enrollmentId, answer })
}
