import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { codeIn, hasCode, movingClock } from 'sallyport/testing'
import type { MovingClock } from 'sallyport/testing'
import { createConsole } from '../../apps/console/server/app.ts'
import type { Console, ConsoleOptions } from '../../apps/console/server/app.ts'
import type { OpenDatabase } from '../../apps/console/server/database/open.ts'
import { createOutbox } from '../../apps/console/server/dev/outbox.ts'
import type { Outbox } from '../../apps/console/server/dev/outbox.ts'
import { temporaryFiles } from './sqlite.ts'

export const origin = 'http://localhost:3000'

/** A whole console on SQLite files of its own, with a clock to move and messages to read. */
export interface TestConsole {
  readonly app: Console
  readonly clock: MovingClock
  readonly outbox: Outbox
  readonly database: OpenDatabase
  readonly logged: string[]
  remove(): Promise<void>
}

export async function testConsole(overrides: Partial<ConsoleOptions> = {}): Promise<TestConsole> {
  const { folder, database, store, remove: removeFiles } = await temporaryFiles()
  const clock = movingClock()
  const outbox = createOutbox(clock)
  const logged: string[] = []
  const write = (fields: object): void => void logged.push(JSON.stringify(fields))
  const app = createConsole({
    origin,
    keys: [randomBytes(32).toString('base64url')],
    database,
    store,
    senders: outbox,
    outbox,
    pages: join(folder, 'no-pages'),
    log: { info: write, error: write },
    clock,
    ...overrides,
  })
  await app.migrate()
  const remove = async (): Promise<void> => {
    await app.close()
    removeFiles()
  }
  return { app, clock, outbox, database, logged, remove }
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Whatever came: a test says what it expects of it. */
  // eslint-disable-next-line typescript/no-explicit-any
  readonly body: any
}

/** A browser as the console sees one: it keeps cookies, and sends what a page of the console would send. */
export interface TestBrowser {
  readonly cookies: Map<string, string>
  get(path: string): Promise<Answer>
  post(path: string, body?: unknown, headers?: Record<string, string | null>): Promise<Answer>
}

export function testBrowser({ app }: Pick<TestConsole, 'app'>): TestBrowser {
  const cookies = new Map<string, string>()

  async function exchange(path: string, init: RequestInit, headers: Record<string, string | null>): Promise<Answer> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const sent = Object.entries({ cookie: cookie === '' ? null : cookie, ...headers }).filter(
      (entry): entry is [string, string] => entry[1] !== null,
    )
    const response = await app.fetch(new Request(`${origin}${path}`, { ...init, headers: sent }))
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/max-age=0/i.test(line)) cookies.delete(name)
      else cookies.set(name, value)
    }
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') === true
    return { status: response.status, headers: response.headers, body: isJson ? (JSON.parse(text) as unknown) : text }
  }

  return {
    cookies,
    get: (path) => exchange(path, {}, {}),
    async post(path, body = {}, headers = {}) {
      const { body: session } = await exchange('/api/session', {}, {})
      const usual = {
        origin,
        'content-type': 'application/json',
        'x-csrf-token': String(session.csrf),
        'sec-fetch-site': 'same-origin',
      }
      return await exchange(
        path,
        { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) },
        { ...usual, ...headers },
      )
    },
  }
}

/** The newest code sent to an address or number. */
export function codeSentTo({ outbox }: Pick<TestConsole, 'outbox'>, destination: string): string {
  const message = outbox.list().find((sent) => sent.to === destination && hasCode(sent))
  if (message === undefined) throw new Error(`no code was sent to ${destination}`)
  return codeIn(message)
}
