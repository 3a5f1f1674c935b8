import { generateKeyPair, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { type CryptoKey, exportJWK, generateKeyPair as generateKeys, SignJWT, UnsecuredJWT } from 'jose'
import type { Configuration, KoaContextWithOIDC, Provider } from 'oidc-provider'
import { callbackOf } from '../../apps/console/server/sign-in-providers/callback-address.ts'
import type { OidcProvider } from '../../apps/console/server/sign-in-providers/providers.ts'
import type { Answer, Visitor } from './visitor.ts'

/** Someone at an identity provider. */
export interface AtProvider {
  readonly subject: string
  readonly email: string
  readonly emailVerified: boolean
  readonly amr?: readonly string[]
}

/** An identity provider of its own address, as a console is configured with it. */
export interface RunningProvider {
  readonly provider: OidcProvider
  close(): Promise<void>
}

export interface TestProvider extends RunningProvider {
  /** Whom it signs in, without asking; null says no. */
  person: AtProvider | null
  /** How often it has asked someone who they are. */
  readonly asked: number
  /** Begins to answer, now that it is known where the console is. `clock` is the console's, for when it signs someone in. */
  serve(origin: string, clock?: () => number): Promise<void>
}

/** Someone new at a provider, with an address that is confirmed there. */
export function atProvider(email: string, differs: Partial<AtProvider> = {}): AtProvider {
  return { subject: `subject-${randomBytes(8).toString('hex')}`, email, emailVerified: true, ...differs }
}

/** A real OpenID Connect provider, on a port of its own, for one test file. */
export async function testProvider(
  differs: Partial<OidcProvider> = {},
  how: {
    /** Otherwise at the userinfo endpoint, as the standard has it. */
    readonly claimsInToken?: boolean
    /** `127.0.0.1` is another site than the console's `localhost`, whatever the ports. */
    readonly host?: string
    /** Shows a page with a button first, so that it is the provider's page which sends the browser back. */
    readonly asks?: boolean
  } = {},
): Promise<TestProvider> {
  let answer: RequestListener = (_, response) => void response.writeHead(503).end()
  const server = createServer((request, response) => answer(request, response))
  const issuer = await listening(server, how.host)
  const provider = { ...configuredAs(issuer), name: 'Example ID', ...differs }
  const known = new Map<string, AtProvider>()
  const test = {
    provider,
    person: null as AtProvider | null,
    asked: 0,
    close: () => closed(server),
    async serve(origin: string, clock: () => number = Date.now): Promise<void> {
      const real = await oidcProvider(provider, { origin, known, claimsInToken: how.claimsInToken === true })
      const callback = real.callback()
      answer = (request, response) => {
        if (request.url?.startsWith('/choose/') !== true) return void callback(request, response)
        if (test.person !== null) known.set(test.person.subject, test.person)
        if (how.asks === true && request.method === 'GET') {
          response
            .writeHead(200, { 'content-type': 'text/html' })
            .end('<form method="post"><button>Sign in</button></form>')
          return
        }
        test.asked += 1
        const { subject, amr = [] } = test.person ?? { subject: '' }
        const ts = Math.floor(clock() / 1000)
        const login = { accountId: subject, ts, ...(amr.length === 0 ? {} : { amr: [...amr] }) }
        const result = test.person === null ? { error: 'access_denied' } : { login }
        real.interactionFinished(request, response, result).catch(() => response.destroy())
      }
    },
  }
  return test
}

async function oidcProvider(
  { id, issuer, clientId, clientSecret }: OidcProvider,
  parts: {
    readonly origin: string
    readonly known: ReadonlyMap<string, AtProvider>
    readonly claimsInToken: boolean
  },
): Promise<Provider> {
  const { origin, known } = parts
  // Its index warns on Node 20.
  const main: string = 'oidc-provider/lib/provider.js'
  const { Provider: Real } = (await import(main)) as typeof import('oidc-provider')
  const { privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' })
  const key = { ...privateKey.export({ format: 'jwk' }), kty: 'EC', alg: 'ES256', use: 'sig', kid: 'test' }
  const configuration: Configuration = {
    adapter: memory(),
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [callbackOf(origin, id)],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    jwks: { keys: [key] },
    conformIdTokenClaims: !parts.claimsInToken,
    claims: { openid: ['sub', 'amr'], email: ['email', 'email_verified'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/choose/${uid}` },
    findAccount: (_, subject) => {
      const person = known.get(subject)
      if (person === undefined) return undefined
      const { email, emailVerified } = person
      return { accountId: subject, claims: () => ({ sub: subject, email, email_verified: emailVerified }) }
    },
    loadExistingGrant: granted,
    pkce: { required: () => true },
    ttl: { AccessToken: 600, AuthorizationCode: 600, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    renderError: (context, { error }) => {
      context.body = error
    },
  }
  const real = new Real(issuer, configuration)
  // Also that of a team, whose id is not known yet. That each goes to its own is for the tests to see.
  real.Client.prototype.redirectUriAllowed = (uri) => uri.startsWith(`${origin}/api/providers/`)
  return real
}

async function granted({ oidc }: KoaContextWithOIDC) {
  const accountId = oidc.session?.accountId
  if (accountId === undefined || oidc.client === undefined) return undefined
  const grant = new oidc.provider.Grant({ accountId, clientId: oidc.client.clientId })
  grant.addOIDCScope('openid email')
  await grant.save()
  return grant
}

type Stored = Record<string, unknown>

function memory() {
  const kept = new Map<string, Stored>()
  return ((model: string) => ({
    upsert: async (id: string, payload: Stored) => void kept.set(`${model}:${id}`, payload),
    find: async (id: string) => kept.get(`${model}:${id}`),
    findByUid: async (uid: string) => [...kept.values()].find((payload) => payload['uid'] === uid),
    findByUserCode: async () => undefined,
    consume: async (id: string) => void Object.assign(kept.get(`${model}:${id}`) ?? {}, { consumed: 1 }),
    destroy: async (id: string) => void kept.delete(`${model}:${id}`),
    revokeByGrantId: async (grantId: string) => {
      for (const [key, payload] of kept) if (payload['grantId'] === grantId) kept.delete(key)
    },
  })) as NonNullable<Configuration['adapter']>
}

/** What a hostile provider says that is not so. */
export interface Lies {
  /** Members of the ID token; undefined leaves one out. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** Default: as it should be. */
  readonly signature?: 'none' | 'with another key' | 'with the client secret' | 'over other claims'
  /** `iss` beside the code; null leaves it out. */
  readonly issuer?: string | null
  readonly metadata?: Readonly<Record<string, unknown>>
}

export interface HostileProvider extends RunningProvider {
  lies: Lies
  /** What it was asked with, each time that someone was sent to it. It signs in anew whoever it is to. */
  readonly begun: URLSearchParams[]
  /** The bodies of all token requests. */
  readonly exchanges: URLSearchParams[]
  /** How often each path was asked for. */
  readonly asked: string[]
}

/** A provider that says whatever the test has it say. `clock` is the console's. */
export async function hostileProvider(
  clock: () => number,
  person: AtProvider,
  differs: Partial<OidcProvider> = {},
): Promise<HostileProvider> {
  const [own, other] = [await generateKeys('ES256'), await generateKeys('ES256')]
  const jwks = { keys: [{ ...(await exportJWK(own.publicKey)), kid: 'hostile', alg: 'ES256', use: 'sig' }] }
  const codes = new Map<string, { readonly nonce: string; readonly fresh: boolean }>()
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', provider.issuer)
    hostile.asked.push(url.pathname)
    const json = (body: unknown, status = 200): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return json({ ...metadataOf(provider.issuer), ...hostile.lies.metadata })
      case '/jwks':
        return json(jwks)
      case '/authorize': {
        const code = randomBytes(16).toString('hex')
        hostile.begun.push(url.searchParams)
        codes.set(code, { nonce: url.searchParams.get('nonce') ?? '', fresh: url.searchParams.has('max_age') })
        const back = new URL(url.searchParams.get('redirect_uri') ?? '')
        back.searchParams.set('code', code)
        back.searchParams.set('state', url.searchParams.get('state') ?? '')
        const { issuer = provider.issuer } = hostile.lies
        if (issuer !== null) back.searchParams.set('iss', issuer)
        return void response.writeHead(303, { location: back.href }).end()
      }
      case '/token':
        return void bodyOf(request).then(async (body) => {
          hostile.exchanges.push(body)
          const given = codes.get(body.get('code') ?? '')
          if (given === undefined || !codes.delete(body.get('code') ?? '')) return json({ error: 'invalid_grant' }, 400)
          json({ access_token: 'access', token_type: 'bearer', id_token: await token(given) })
        })
      default:
        return void response.writeHead(404).end()
    }
  })
  const provider: OidcProvider = {
    ...configuredAs(await listening(server)),
    id: 'hostile',
    name: 'Hostile ID',
    ...differs,
  }
  const hostile: HostileProvider = {
    provider,
    lies: {},
    begun: [],
    exchanges: [],
    asked: [],
    close: () => closed(server),
  }

  async function token({ nonce, fresh }: { readonly nonce: string; readonly fresh: boolean }): Promise<string> {
    const now = Math.floor(clock() / 1000)
    const claims = {
      iss: provider.issuer,
      aud: provider.clientId,
      sub: person.subject,
      iat: now,
      exp: now + 600,
      nonce,
      ...(fresh ? { auth_time: now } : {}),
      email: person.email,
      email_verified: person.emailVerified,
      ...(person.amr === undefined ? {} : { amr: [...person.amr] }),
      ...hostile.lies.claims,
    }
    if (hostile.lies.signature === 'none') return new UnsecuredJWT(claims).encode()
    const sign = (payload: object, key: CryptoKey | Uint8Array, alg: string): Promise<string> =>
      new SignJWT({ ...payload }).setProtectedHeader({ alg, kid: 'hostile' }).sign(key)
    switch (hostile.lies.signature) {
      case 'with another key':
        return await sign(claims, other.privateKey, 'ES256')
      case 'with the client secret':
        return await sign(claims, Buffer.from(provider.clientSecret), 'HS256')
      case 'over other claims': {
        const [header, , signature] = (await sign({ ...claims, sub: 'other' }, own.privateKey, 'ES256')).split('.')
        return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.')
      }
      default:
        return await sign(claims, own.privateKey, 'ES256')
    }
  }

  return hostile
}

function metadataOf(issuer: string) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
    authorization_response_iss_parameter_supported: true,
  }
}

/**
 * Goes where the console has sent the browser, signs in there, and gives the address that the provider sends it back to.
 * `cookies` are those that the browser has of the provider.
 */
export async function atTheProvider(
  location: string,
  origin: string,
  cookies = new Map<string, string>(),
): Promise<string> {
  let url = location
  for (let hops = 0; hops < 10 && !url.startsWith(`${origin}/`); hops += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    const next = response.headers.get('location')
    if (next === null) throw new Error(`the provider said ${response.status}: ${await response.text()}`)
    url = new URL(next, url).href
  }
  return url.slice(origin.length)
}

/** Comes back as a browser does from another site: of the cookies only what is Lax goes along. */
export function comeBack(browser: Visitor, path: string): Promise<Answer> {
  const name = '__Host-console-oidc'
  const state = browser.cookies.get(name)
  const cookie = state === undefined ? null : `${name}=${state}`
  return browser.request(path, { headers: { cookie, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' } })
}

/** All of a sign-in at a provider, from the button to the page it ends on. */
export async function signInAt(browser: Visitor, begin: string, body: object = {}): Promise<Answer> {
  const begun = await browser.post(begin, body)
  if (begun.status !== 200) return begun
  return await comeBack(browser, await atTheProvider(begun.body.location, browser.origin))
}

function configuredAs(issuer: string): OidcProvider {
  const clientSecret = randomBytes(32).toString('base64url')
  return { id: 'example', name: 'Example ID', issuer, clientId: 'console', clientSecret }
}

async function bodyOf(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
}

async function listening(server: Server, host = 'localhost'): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return `http://${host}:${(server.address() as AddressInfo).port}`
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
}
