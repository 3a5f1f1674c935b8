import { randomBytes } from 'node:crypto'
import { OpenAPIHono } from '@hono/zod-openapi'
import { createSallyport } from 'sallyport'
import type { Clock, EmailSender, Limits, MethodFactory, Profile, Random, Sallyport, SmsSender, Store } from 'sallyport'
import { mfaRoutes } from 'sallyport/http'
import { email } from 'sallyport/methods/email'
import { recoveryCode } from 'sallyport/methods/recovery-code'
import { sms } from 'sallyport/methods/sms'
import { totp } from 'sallyport/methods/totp'
import { createAccounts, toSallyport } from './accounts/accounts.ts'
import { createPasswords } from './accounts/passwords.ts'
import { accountRoutes } from './accounts/routes.ts'
import type { OpenDatabase } from './database/open.ts'
import { outboxRoutes } from './dev/outbox.ts'
import type { Outbox } from './dev/outbox.ts'
import { logFault, logRequests } from './log.ts'
import type { Log } from './log.ts'
import { openApiDocument } from './openapi.ts'
import { pages } from './pages/pages.ts'
import { jsonOnly, smallBodies } from './protection/body.ts'
import { identifyClient } from './protection/client.ts'
import { createCsrf } from './protection/csrf.ts'
import type { ConsoleEnv } from './protection/environment.ts'
import { signedInOnly } from './protection/gate.ts'
import { noStore, securityHeaders } from './protection/headers.ts'
import { sameOriginOnly } from './protection/origin.ts'
import { problem, problemOf } from './protection/problem.ts'
import { loadSession, signInBrowser } from './sessions/cookie.ts'
import { sessionRoutes } from './sessions/routes.ts'
import { createSessions } from './sessions/sessions.ts'
import { signInRoutes } from './sign-in/routes.ts'

export const appName = 'Sallyport Console'

export interface ConsoleOptions {
  /** Where people reach the console, and the only origin whose pages may change anything. */
  readonly origin: string
  /** Each base64url of at least 32 random bytes. The first seals, all open. */
  readonly keys: readonly string[]
  /** The console's own tables. Closed by `close`. */
  readonly database: OpenDatabase
  /** Sallyport's tables; they may be in another database. Closed by `close`. */
  readonly store: Store
  readonly senders: { readonly email: EmailSender; readonly sms: SmsSender | null }
  /** Shown at /api/dev/outbox; null, as in production, and there is no such route. */
  readonly outbox: Outbox | null
  /** The folder of the built pages. */
  readonly pages: string
  readonly log: Log
  readonly profile?: Profile
  readonly limits?: Partial<Limits>
  /** Default: the system's clock. */
  readonly clock?: Clock
  /** Default: `randomBytes` of `node:crypto`. */
  readonly random?: Random
  /** Makes the signal that cuts off a sender. Default: `AbortSignal.timeout`. */
  readonly deadline?: (milliseconds: number) => AbortSignal
}

export interface Console {
  fetch(request: Request, env?: ConsoleEnv['Bindings']): Response | Promise<Response>
  readonly mfa: Sallyport
  readonly accounts: ReturnType<typeof createAccounts>
  readonly passwords: ReturnType<typeof createPasswords>
  /** Brings both databases up to date. To be awaited before the first request. */
  migrate(): Promise<void>
  /** Delivers notices that are still to be told; to be called every few seconds. */
  deliver(): Promise<void>
  /** Removes what is over, a batch at a time; to be called every few minutes. */
  purge(): Promise<void>
  close(): Promise<void>
}

const dayMs = 86_400_000
const purgeBatch = 500

export function createConsole(options: ConsoleOptions): Console {
  const { origin, senders, log } = options
  const clock = options.clock ?? (() => Date.now())
  const random = options.random ?? randomBytes
  const onFault = logFault(log)
  const parts = { database: options.database.database, clock, random }
  const accounts = createAccounts(parts)
  const sessions = createSessions({ ...parts, keys: options.keys })
  const passwords = createPasswords(random)
  const mfa = createSallyport({
    app: { name: appName, origin },
    keys: options.keys,
    store: options.store,
    methods: methodsOf(senders),
    accounts: {
      find: async (accountId) => toSallyport(await accounts.find(accountId)),
      endSessions: (accountId, before) => sessions.endAll(accountId, before),
    },
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    clock,
    random,
    ...(options.deadline === undefined ? {} : { deadline: options.deadline }),
    onFault,
  })
  const csrf = createCsrf(options.keys)
  const development = options.outbox !== null

  const app = new OpenAPIHono<ConsoleEnv>()
  app.use(securityHeaders, identifyClient(random), logRequests(log, clock))
  app.use(
    '/api/*',
    noStore,
    loadSession(sessions, mfa),
    sameOriginOnly({ origin, csrf, mfa }),
    smallBodies,
    jsonOnly,
    signedInOnly,
  )

  app.route('/api', sessionRoutes({ mfa, sessions, csrf, random, development }))
  app.route('/api', accountRoutes({ mfa, accounts, passwords, textMessages: senders.sms !== null }))
  app.route('/api', signInRoutes({ mfa, accounts, passwords, sessions }))
  if (options.outbox !== null) app.route('/api', outboxRoutes(options.outbox, origin))
  app.route(
    '/api/mfa',
    mfaRoutes<ConsoleEnv>(mfa, {
      origin,
      client: (c) => c.get('client'),
      async signedIn(c) {
        const session = c.get('session')
        return session && { accountId: session.account.id, sessionId: session.id, challengeId: session.challengeId }
      },
      issueSession: (c, proof) => signInBrowser(c, sessions, proof),
      onFault,
    }),
  )
  app.doc31('/api/openapi.json', openApiDocument(origin))
  app.route('/', pages({ folder: options.pages, development }))
  app.notFound((c) => problem(c, 'route_not_found'))
  app.onError((error, c) => problemOf(c, error, onFault))

  return {
    fetch: (request, env = {}) => app.fetch(request, env),
    mfa,
    accounts,
    passwords,
    async migrate() {
      await options.database.migrate()
      await mfa.migrate()
    },
    async deliver() {
      await mfa.notices.deliver().catch(onFault)
    },
    async purge() {
      await Promise.all([
        accounts.purgeUnconfirmed(clock() - dayMs, purgeBatch),
        sessions.purge(purgeBatch),
        mfa.purge(),
      ]).catch(onFault)
    },
    async close() {
      await mfa.close()
      await options.database.close()
    },
  }
}

function methodsOf({ email: byEmail, sms: byText }: ConsoleOptions['senders']): readonly MethodFactory[] {
  const texts = byText === null ? [] : [sms({ sender: byText })]
  return [totp(), email({ sender: byEmail }), ...texts, recoveryCode()]
}
