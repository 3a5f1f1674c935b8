import { generateKeyPair, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import type { Adapter, AdapterPayload, Configuration, KoaContextWithOIDC, Provider } from 'oidc-provider'
import { developmentProviderId } from '../config.ts'
import { callbackOf, ssoCallbackId } from '../sign-in-providers/callback-address.ts'
import type { OidcProvider } from '../sign-in-providers/providers.ts'
import { signedOnTeam } from './single-sign-on.ts'

/** An OpenID Connect provider for development, where anyone is whoever they say. */
export interface DevelopmentProvider {
  /** As the console is to know it. */
  readonly provider: OidcProvider
  close(): Promise<void>
}

const name = 'Example ID'
const scope = 'openid email'

/** Listens on a port of its own, next to the console whose `origin` is. Throws what `listen` does. */
export async function startProvider(parts: {
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  readonly origin: string
  /** The addresses that its page offers. */
  readonly people: readonly string[]
}): Promise<DevelopmentProvider> {
  const server = createServer()
  const issuer = `http://localhost:${await listening(server, parts)}`
  const client = { clientId: 'console', clientSecret: randomBytes(32).toString('base64url') }
  const redirectUris = [developmentProviderId, ssoCallbackId(signedOnTeam)].map((id) => callbackOf(parts.origin, id))
  const provider = await providerAt(issuer, { ...client, redirectUris })
  const answer = provider.callback()
  server.on('request', (request, response) => {
    // Whoever it was before is forgotten, so that one can be another person without clearing cookies.
    if (request.url?.startsWith('/auth?') === true) {
      delete request.headers.cookie
      response.setHeader(
        'Set-Cookie',
        ['_session', '_session.sig'].map((cookie) => `${cookie}=; Path=/; Max-Age=0`),
      )
    }
    if (request.url?.startsWith('/choose/') !== true) return void answer(request, response)
    choose(provider, parts.people, request, response).catch(() => {
      // It was left open for too long, was done in another tab, or is of an earlier start.
      if (response.headersSent) response.destroy()
      else response.writeHead(400, pageHeaders).end(overPage(parts.origin))
    })
  })
  return {
    provider: { id: developmentProviderId, name, issuer, ...client },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

async function providerAt(
  issuer: string,
  client: { readonly clientId: string; readonly clientSecret: string; readonly redirectUris: string[] },
): Promise<Provider> {
  // Not by its index, which warns that it is not made for Node 20: what is used here runs on it. Nor as a dependency that
  // production would look for.
  const main: string = 'oidc-provider/lib/provider.js'
  const { Provider: Made } = (await import(main)) as typeof import('oidc-provider')
  const configuration: Configuration = {
    adapter: memory(),
    clients: [{ client_id: client.clientId, client_secret: client.clientSecret, redirect_uris: client.redirectUris }],
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    jwks: { keys: [await signingKey()] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/choose/${uid}` },
    findAccount: (_, email) => ({
      accountId: email,
      claims: () => ({ sub: email, email, email_verified: true }),
    }),
    loadExistingGrant: granted,
    pkce: { required: () => true },
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    renderError: (context, { error }) => {
      context.type = 'text/plain'
      context.body = `${name}: ${error}`
    },
  }
  return new Made(issuer, configuration)
}

/** Nobody is asked whether the console may know their address. */
async function granted({ oidc }: KoaContextWithOIDC) {
  const { session, client } = oidc
  if (session?.accountId === undefined || client === undefined) return undefined
  const grant = new oidc.provider.Grant({ accountId: session.accountId, clientId: client.clientId })
  grant.addOIDCScope(scope)
  await grant.save()
  return grant
}

/** The one page there is: who are you? */
async function choose(
  provider: Provider,
  people: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const sent = new URLSearchParams(request.method === 'POST' ? await textOf(request) : '')
  const email = sent.get('email')?.trim().toLowerCase() ?? ''
  if (sent.has('cancel')) {
    await provider.interactionFinished(request, response, { error: 'access_denied' })
  } else if (/^[^\s@]+@[^\s@]+$/.test(email)) {
    await provider.interactionFinished(request, response, { login: { accountId: email } })
  } else {
    const { params } = await provider.interactionDetails(request, response)
    const hint = typeof params['login_hint'] === 'string' ? params['login_hint'] : ''
    response.writeHead(200, pageHeaders).end(page(people, hint))
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'`,
}

function page(people: readonly string[], hint: string): string {
  const buttons = people.map((email) => `<button name="email" value="${escaped(email)}">${escaped(email)}</button>`)
  return `${head(name)}
<h1>${name}</h1>
<p>An identity provider for development. Whoever you say you are, you are.</p>
<form method="post">${buttons.join('')}</form>
<form method="post">
  <label for="email">Someone else’s e-mail address</label>
  <input id="email" name="email" type="email" required value="${escaped(hint)}">
  <button>Sign in</button>
</form>
<form method="post"><button name="cancel" value="1">Don’t sign in</button></form>
</html>
`
}

function overPage(origin: string): string {
  return `${head(`This sign-in is over · ${name}`)}
<h1>This sign-in is over</h1>
<p>Begin again where you came from.</p>
<p><a href="${escaped(origin)}/sign-in">Back to the console</a></p>
</html>
`
}

function head(title: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>
  :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
  body { max-width: 26rem; margin: 3rem auto; padding: 0 1rem }
  form { display: grid; gap: .5rem; margin-block: 1.5rem }
  button, input { font: inherit; padding: .6rem .8rem; text-align: start }
</style>`
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}

async function signingKey() {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  return { ...privateKey.export({ format: 'jwk' }), kty: 'RSA', alg: 'RS256', use: 'sig', kid: 'development' }
}

/** What the provider remembers, until the process ends or there is too much of it. */
function memory(): (model: string) => Adapter {
  const kept = new Map<string, AdapterPayload>()
  const atMost = 2000
  return (model) => {
    const keyOf = (id: string): string => `${model}:${id}`
    const findBy = async (member: 'uid' | 'userCode', value: string) =>
      [...kept].find(([key, payload]) => key.startsWith(`${model}:`) && payload[member] === value)?.[1]
    return {
      async upsert(id, payload) {
        kept.set(keyOf(id), payload)
        const [oldest] = kept.keys()
        if (kept.size > atMost && oldest !== undefined) kept.delete(oldest)
      },
      find: async (id) => kept.get(keyOf(id)),
      findByUid: (uid) => findBy('uid', uid),
      findByUserCode: (userCode) => findBy('userCode', userCode),
      async consume(id) {
        const payload = kept.get(keyOf(id))
        if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000)
      },
      async destroy(id) {
        kept.delete(keyOf(id))
      },
      async revokeByGrantId(grantId) {
        for (const [key, payload] of kept) if (payload.grantId === grantId) kept.delete(key)
      },
    }
  }
}

function listening(server: Server, { host, port }: { readonly host: string; readonly port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
  })
}
