import { randomBytes } from 'node:crypto'
import { OpenAPIHono } from '@hono/zod-openapi'
import { createSallyport, SallyportError } from 'sallyport'
import type { Clock, EmailSender, Limits, MethodFactory, Profile, Random, Sallyport, SmsSender, Store } from 'sallyport'
import { mfaRoutes } from 'sallyport/http'
import { email } from 'sallyport/methods/email'
import { recoveryCode } from 'sallyport/methods/recovery-code'
import { securityKey } from 'sallyport/methods/security-key'
import { sms } from 'sallyport/methods/sms'
import { totp } from 'sallyport/methods/totp'
import { createAccounts, toSallyport } from './accounts/accounts.ts'
import { createContactChanges } from './accounts/contact-changes.ts'
import { finishDeletions } from './accounts/delete-account.ts'
import { createPasswordFingerprint } from './accounts/password-fingerprint.ts'
import { createPasswordResets } from './accounts/password-reset.ts'
import { passwordRoutes } from './accounts/password-routes.ts'
import { createPasswords } from './accounts/passwords.ts'
import { resetRoutes } from './accounts/reset-routes.ts'
import { accountRoutes } from './accounts/routes.ts'
import { settingsRoutes } from './accounts/settings-routes.ts'
import { createApiKeys } from './api-keys/api-keys.ts'
import { apiKeyRoutes } from './api-keys/routes.ts'
import { accessTokensOnly } from './api-v1/bearer.ts'
import { apiV1Routes } from './api-v1/routes.ts'
import { activityRoutes } from './audit/routes.ts'
import type { KeyOptions } from './config.ts'
import type { OpenDatabase } from './database/open.ts'
import { outboxRoutes } from './dev/outbox.ts'
import type { Outbox } from './dev/outbox.ts'
import { healthRoutes } from './health.ts'
import { logFault, logRequests } from './log.ts'
import type { Log } from './log.ts'
import { openApiDocument } from './openapi.ts'
import { pages } from './pages/pages.ts'
import { jsonOnly, wholeBody } from './protection/body.ts'
import { identifyClient } from './protection/client.ts'
import { trustedProxiesOf } from './protection/client-address.ts'
import { cookieless, cookielessWithCredentials } from './protection/credentials.ts'
import { createCsrf } from './protection/csrf.ts'
import type { ConsoleEnv } from './protection/environment.ts'
import { gate } from './protection/gate.ts'
import { noStore, securityHeaders } from './protection/headers.ts'
import { sameOriginOnly } from './protection/origin.ts'
import { problem, problemOf } from './protection/problem.ts'
import { untilEmpty } from './purging.ts'
import { loadSession, renewSession, signInBrowser, signOutBrowser } from './sessions/cookie.ts'
import { sessionListRoutes } from './sessions/list-routes.ts'
import { sessionRoutes } from './sessions/routes.ts'
import { createSessionList } from './sessions/session-list.ts'
import { createSessions } from './sessions/sessions.ts'
import { createIdentities } from './sign-in-providers/identities.ts'
import { createOidc } from './sign-in-providers/oidc.ts'
import { createProviders } from './sign-in-providers/providers.ts'
import type { OidcProvider } from './sign-in-providers/providers.ts'
import { providerRoutes } from './sign-in-providers/routes.ts'
import { createSingleSignOn } from './sign-in-providers/single-sign-on.ts'
import { signInRoutes } from './sign-in/routes.ts'
import { consoleActions } from './teams/actions.ts'
import { administrationRoutes } from './teams/administration/administration.ts'
import { createSsoSettings } from './teams/administration/sso-settings.ts'
import type { ResolveTxt } from './teams/administration/txt-records.ts'
import { inGoodTime } from './teams/delivery.ts'
import { systemDeadline } from './in-time.ts'
import { invitationRoutes } from './teams/invitation-routes.ts'
import { createInvitations } from './teams/invitations.ts'
import { teamRoutes } from './teams/routes.ts'
import { createRules, issuersThatCount } from './teams/rules.ts'
import type { Enforcement } from './teams/rules.ts'
import { createTeams } from './teams/teams.ts'
import { createAccessTokens } from './tokens/access-token.ts'
import { mobileRoutes } from './tokens/routes.ts'
import { wellKnownRoutes } from './well-known.ts'

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
  /** The countries whose numbers are sent text messages, by their ISO 3166-1 alpha-2 codes. Default: all. */
  readonly smsCountries?: readonly string[] | undefined
  /** Shown at /api/dev/outbox; null, as in production, and there is no such route. */
  readonly outbox: Outbox | null
  /** The folder of the built pages. */
  readonly pages: string
  readonly log: Log
  /** Who must have a second factor, whatever their teams say, and from when (milliseconds since the epoch). Default: nobody. */
  readonly enforcement?: Enforcement
  /** Where people can sign in besides with their password. Default: nowhere. */
  readonly providers?: readonly OidcProvider[]
  /**
   * While `enforcement.who` is not `nobody`: the issuers whose single sign-on stands in for a second factor, as they write
   * themselves. Default: none. Without enforcement every team's does.
   */
  readonly ssoIssuers?: readonly string[]
  /**
   * The addresses and networks (CIDR) of the proxies in front: the client is then the right-most hop of `X-Forwarded-For` that
   * is none of them. Default: none, and the client is the peer of the socket.
   */
  readonly trustedProxies?: readonly string[]
  /** Of the keys that people sign in with. Default: they are for the host of `origin`, and for no other origin. */
  readonly keyOptions?: KeyOptions
  /** Whether one may sign in with a passkey and nothing else. Default: true. */
  readonly passkeySignIn?: boolean
  /** Reads the TXT records of a name. Default: `resolveTxt` of `node:dns/promises`. */
  readonly resolveTxt?: ResolveTxt
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
  /** Every route there is, written as in the OpenAPI document, whether or not it stands there. */
  readonly routes: readonly string[]
  /** Brings both databases up to date. To be awaited before the first request. */
  migrate(): Promise<void>
  /** Delivers notices that are still to be told; to be called every few seconds. */
  deliver(): Promise<void>
  /** Removes what is over, batch after batch; to be called every minute or so. One run at a time: further callers wait for it. */
  purge(): Promise<void>
  /** Takes no more work: `/readyz` says so from here on, and what is purged stops with its batch. To be called before `close`. */
  drain(): void
  /** Resolves once nothing is under way any more that goes on after its answer. */
  settled(): Promise<void>
  close(): Promise<void>
}

const dayMs = 86_400_000
const purgeBatch = 500
/** In one call: what is left after that goes with the next one. */
const batchesAtMost = 1000
/** What is done on a timer is nobody's request. */
const itself = { ip: '', userAgent: '' }

export function createConsole(options: ConsoleOptions): Console {
  const { origin, senders, log } = options
  const clock = options.clock ?? (() => Date.now())
  const random = options.random ?? randomBytes
  const onFault = logFault(log)
  const trustedProxies = trustedProxiesOf(options.trustedProxies ?? [])
  if (trustedProxies === null) {
    throw new SallyportError('option_invalid', 'trustedProxies: must be addresses or networks such as 10.0.0.0/8')
  }
  const parts = { database: options.database.database, clock, random }
  const accounts = createAccounts(parts)
  const sessions = createSessions({ ...parts, keys: options.keys })
  const passwords = createPasswords(random)
  const fingerprint = createPasswordFingerprint(passwords, options.keys)
  const contactChanges = createContactChanges(parts)
  const teams = createTeams(parts)
  const issuers = issuersThatCount(options.enforcement, options.ssoIssuers)
  const rules = createRules({
    database: parts.database,
    issuers,
    textMessages: senders.sms !== null,
    ...(options.enforcement === undefined ? {} : { enforcement: options.enforcement }),
  })
  const sso = createSsoSettings({ ...parts, keys: options.keys, origin, issuers })
  const providers = createProviders(options.providers ?? [])
  const identities = createIdentities({ ...parts, accounts })
  const singleSignOn = createSingleSignOn({ accounts, identities, rules, sso })
  const invitations = createInvitations({
    ...parts,
    keys: options.keys,
    app: appName,
    origin,
    send: inGoodTime(senders.email, options.deadline),
  })
  const apiKeys = createApiKeys({
    ...parts,
    keys: options.keys,
    hasSignedIn: (accountId, since) => singleSignOn.hasSignedIn(accountId, since),
  })
  const mfa = createSallyport({
    app: { name: appName, origin },
    keys: options.keys,
    store: options.store,
    methods: methodsOf(options),
    actions: consoleActions,
    accounts: {
      find: async (accountId) => toSallyport(await accounts.find(accountId)),
      endSessions: (accountId, before) => sessions.endAll(accountId, before),
      rules: (accountId) => rules.rules(accountId),
      securityStamp: (accountId) => accounts.securityStamp(accountId),
    },
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    clock,
    random,
    ...(options.deadline === undefined ? {} : { deadline: options.deadline }),
    onFault,
  })
  const passwordResets = createPasswordResets({
    ...parts,
    mfa,
    accounts,
    passwords,
    sessions,
    contactChanges,
    isManaged: async (accountId) => (await rules.managedBy(accountId)) !== null,
    keys: options.keys,
    app: appName,
    origin,
    send: inGoodTime(senders.email, options.deadline),
    onFault,
  })
  const oidc = createOidc({
    ...parts,
    origin,
    deadline: options.deadline ?? ((milliseconds) => AbortSignal.timeout(milliseconds)),
    onFault,
  })
  const csrf = createCsrf(options.keys)
  const accessTokens = createAccessTokens({ origin, clock, random, keys: options.keys })
  const development = options.outbox !== null
  const { passkeySignIn = true } = options
  let draining = false

  const app = new OpenAPIHono<ConsoleEnv>()
  app.use(securityHeaders)
  // Before the log, which would have nothing else in it.
  app.route(
    '/',
    healthRoutes({
      mfa,
      database: parts.database,
      isOpen: () => !draining,
      deadline: options.deadline ?? systemDeadline,
      onFault,
    }),
  )
  app.use(identifyClient(random, trustedProxies), logRequests(log, clock))
  // Before everything that looks at cookies, which mean nothing to it.
  app.use('/api/v1/*', noStore)
  app.route('/api/v1', apiV1Routes({ mfa, apiKeys, teams, rules }))
  app.use('/api/mobile/*', noStore, cookieless, wholeBody, jsonOnly)
  app.route('/api/mobile', mobileRoutes({ mfa, accounts, passwords, sessions, contactChanges, accessTokens }))
  app.use(
    '/api/*',
    noStore,
    cookielessWithCredentials,
    accessTokensOnly({ mfa, apiKeys }),
    // Before anyone is looked up: a request whose body has not arrived yet would outlive its session.
    wholeBody,
    loadSession({ mfa, sessions, accessTokens }),
    sameOriginOnly({ origin, csrf, mfa }),
    jsonOnly,
    gate({ mfa }),
  )

  app.route(
    '/api',
    sessionRoutes({
      mfa,
      sessions,
      contactChanges,
      csrf,
      random,
      development,
      passkeySignIn,
      providers: providers.all,
      managedBy: (accountId) => rules.managedBy(accountId),
    }),
  )
  const texts = { textMessages: senders.sms !== null, smsCountries: options.smsCountries }
  app.route('/api', accountRoutes({ mfa, accounts, contactChanges, passwords, ...texts }))
  app.route('/api', passwordRoutes({ mfa, accounts, contactChanges, passwords, fingerprint, sessions }))
  app.route('/api', resetRoutes({ mfa, resets: passwordResets }))
  app.route(
    '/api',
    settingsRoutes({
      ...parts,
      mfa,
      accounts,
      contactChanges,
      sessions,
      teams,
      ...texts,
      onFault,
    }),
  )
  app.route('/api', activityRoutes({ mfa }))
  app.route('/api', sessionListRoutes({ mfa, sessions, contactChanges, list: createSessionList(parts) }))
  app.route('/api', apiKeyRoutes({ mfa, sessions, apiKeys }))
  app.route('/api', teamRoutes({ mfa, sessions, teams, invitations, rules }))
  app.route('/api', invitationRoutes({ mfa, sessions, teams, invitations, rules }))
  app.route(
    '/api',
    administrationRoutes({
      ...parts,
      mfa,
      sessions,
      accounts,
      teams,
      rules,
      sso,
      oidc,
      onFault,
      textMessages: senders.sms !== null,
      origin,
      resolveTxt: options.resolveTxt,
      deadline: options.deadline,
    }),
  )
  app.route('/api', signInRoutes({ mfa, accounts, passwords, sessions }))
  app.route(
    '/api',
    providerRoutes({
      ...parts,
      mfa,
      accounts,
      sessions,
      providers,
      identities,
      rules,
      oidc,
      singleSignOn,
      keys: options.keys,
      onFault,
    }),
  )
  if (options.outbox !== null) app.route('/api', outboxRoutes(options.outbox, origin))
  app.route(
    '/api/mfa',
    mfaRoutes<ConsoleEnv>(
      mfa,
      {
        origin,
        client: (c) => c.get('client'),
        async signedIn(c) {
          const session = c.get('session')
          return session && { accountId: session.account.id, sessionId: session.id, challengeId: session.challengeId }
        },
        ownCheck: async (c) => {
          const session = c.get('session')
          return session !== null && (await sessions.ownCheck(session))
        },
        // A challenge was passed, or MFA turned on, and when that was stands in the proof.
        issueSession: (c, proof) => signInBrowser(c, { mfa, sessions }, proof, null),
        renewSession: async (c) => renewSession(c, sessions),
        endSession: (c) => signOutBrowser(c, { mfa, sessions, contactChanges }, 'wrong_answers'),
        onFault,
      },
      { passkeySignIn },
    ),
  )
  app.doc31('/api/openapi.json', openApiDocument(origin))
  app.route('/', wellKnownRoutes({ origin, relatedOrigins: options.keyOptions?.relatedOrigins ?? [] }))
  app.route('/', pages({ folder: options.pages, development }))
  app.notFound((c) => problem(c, 'route_not_found'))
  app.onError((error, c) => problemOf(c, error, onFault))

  let purging: Promise<void> | null = null
  async function purge(): Promise<void> {
    const all = (batch: () => Promise<number>) =>
      untilEmpty(batch, { of: purgeBatch, atMost: batchesAtMost, isOver: () => draining })
    // Each goes on, and to its end, whatever becomes of the others.
    const done = await Promise.allSettled([
      all(() => accounts.purgeUnconfirmed(clock() - dayMs, purgeBatch)),
      all(() => sessions.purge(purgeBatch)),
      all(() => contactChanges.purge(purgeBatch)),
      all(() => passwordResets.purge(purgeBatch)),
      all(() => invitations.purge(purgeBatch)),
      all(() => apiKeys.purge(purgeBatch)),
      all(() => mfa.purge()),
      finishDeletions({ mfa, database: parts.database, onFault }, purgeBatch, itself),
    ])
    for (const part of done) if (part.status === 'rejected') onFault(part.reason)
  }

  return {
    fetch: (request, env = {}) => app.fetch(request, env),
    mfa,
    accounts,
    passwords,
    routes: routesOf(app),
    async migrate() {
      await options.database.migrate()
      await mfa.migrate()
    },
    async deliver() {
      await mfa.notices.deliver().catch(onFault)
    },
    purge: () => (purging ??= purge().finally(() => (purging = null))),
    drain: () => void (draining = true),
    settled: () => passwordResets.settled(),
    async close() {
      draining = true
      await purging
      await passwordResets.settled()
      await mfa.close()
      await options.database.close()
    },
  }
}

/** Middleware stands under ALL and a pattern; what answers every method of one path is a route. */
function routesOf(app: OpenAPIHono<ConsoleEnv>): readonly string[] {
  const routes = app.routes.filter(({ method, path }) => method !== 'ALL' || !path.endsWith('*'))
  return [...new Set(routes.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`))]
}

function methodsOf({ senders, smsCountries, keyOptions }: ConsoleOptions): readonly MethodFactory[] {
  const { email: byEmail, sms: byText } = senders
  const texts = byText === null ? [] : [sms({ sender: byText, countries: smsCountries })]
  return [securityKey(keyOptions), totp(), email({ sender: byEmail }), ...texts, recoveryCode()]
}
