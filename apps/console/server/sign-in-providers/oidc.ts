import { createHash } from 'node:crypto'
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  AuthorizationResponseError,
  buildAuthorizationUrl,
  ClientSecretBasic,
  ClientSecretPost,
  clockSkew,
  Configuration,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  getJwksCache,
  setJwksCache,
} from 'openid-client'
import type { ServerMetadata } from 'openid-client'
import type { Clock, Random } from 'sallyport'
import { callbackOf } from './callback-address.ts'
import { isReachable, isUsableIssuer } from './issuer.ts'
import type { ChosenBy } from './issuer.ts'
import { isUnreachable, providerFetch, ProviderUnreachable } from './provider-fetch.ts'

/** Someone's account at an OpenID Connect provider, as seen by one client of it. */
export interface OidcClient {
  /** In the address that it sends people back to. */
  readonly id: string
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  readonly by: ChosenBy
}

/** What ties an answer to the browser that asked, kept there until it comes back. */
export interface Secrets {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  /** Whether the person was to sign in there anew. */
  readonly fresh: boolean
}

/** Whom the provider has signed in. */
export interface Identified {
  readonly issuer: string
  readonly subject: string
  /** As the provider writes it; null when it doesn't say. */
  readonly email: string | null
  readonly emailVerified: boolean
  /** How, by its own account. To be believed only of a trusted provider. */
  readonly amr: readonly string[]
  /** When they signed in there, in milliseconds; null when it doesn't say. Never later than now. */
  readonly authAt: number | null
}

export type OidcRefusal =
  /** It is down, or not what it was configured as. */
  | 'provider_unavailable'
  /** Nobody was signed in there: the person said no. */
  | 'provider_refused'
  /** Its answer is not one to this browser's request, or not a good one. */
  | 'provider_failed'

export interface Oidc {
  /** Whether an OpenID Connect provider answers there now, as that issuer. */
  isThere(provider: Pick<OidcClient, 'issuer' | 'by'>): Promise<boolean>
  /**
   * Where to send the browser; null when the provider can't be reached. With `fresh`, a provider that knows the person from
   * before asks them again, and has to say when they signed in.
   */
  begin(
    client: OidcClient,
    asked?: { readonly hint?: string; readonly fresh?: boolean },
  ): Promise<{ readonly location: string; readonly secrets: Secrets } | null>
  /** Judges the answer that the browser brought: `query` is that of the callback. */
  finish(client: OidcClient, secrets: Secrets, query: string): Promise<Identified | OidcRefusal>
}

interface Known {
  readonly metadata: ServerMetadata
  readonly until: number
  /** The provider's keys, as openid-client keeps them. */
  keys: Parameters<typeof setJwksCache>[1] | null
}

const metadataMs = 3_600_000
/** How long ago someone may have signed in at a provider that they are to sign in at anew. */
const freshSeconds = 60
const knownAtMost = 500

/**
 * Signing in at a provider: authorization code with PKCE, state and nonce (RFC 9700 section 2.1.1), the ID token's
 * signature checked although it comes straight from the provider, and `iss` in the answer where the provider sends it
 * (RFC 9207). Nothing is fetched before someone signs in, so a provider that is down holds up nothing else.
 */
export function createOidc(parts: {
  readonly origin: string
  readonly clock: Clock
  readonly random: Random
  readonly deadline: (milliseconds: number) => AbortSignal
  readonly onFault: (error: unknown) => void
}): Oidc {
  const { origin, clock, random, onFault } = parts
  const known = new Map<string, Promise<Known>>()
  const secret = (): string => Buffer.from(random(32)).toString('base64url')

  async function discover({ issuer, by }: Pick<OidcClient, 'issuer' | 'by'>): Promise<Known> {
    if (!isUsableIssuer(issuer, { origin, by })) throw new ProviderUnreachable('the issuer is not one to talk to')
    const found = await discovery(new URL(issuer), 'none', undefined, undefined, {
      [customFetch]: providerFetch({ origin, by }, parts.deadline),
      ...plainHttp(issuer),
    })
    const metadata = found.serverMetadata()
    // Some providers answer for all of their tenants under one name: then anyone could make themselves anyone else.
    if (new URL(metadata.issuer).href !== new URL(issuer).href) throw new ProviderUnreachable('another issuer answered')
    return { metadata, until: clock() + metadataMs, keys: null }
  }

  /** Kept for an hour; a failure is not kept. */
  async function lookUp(client: OidcClient): Promise<Known> {
    const key = JSON.stringify([client.issuer, client.by])
    const there = known.get(key)
    if (there !== undefined && (await there).until > clock()) return await there
    const asked = discover(client)
    known.set(key, asked)
    const [oldest] = known.keys()
    if (known.size > knownAtMost && oldest !== undefined) known.delete(oldest)
    try {
      return await asked
    } catch (error) {
      if (known.get(key) === asked) known.delete(key)
      throw error
    }
  }

  function configured(client: OidcClient, { metadata, keys }: Known): Configuration {
    // Discovery says client_secret_basic is meant when nothing is said (OpenID Connect Discovery 1.0 section 3).
    const ways = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    const authentication = ways.includes('client_secret_basic') ? ClientSecretBasic : ClientSecretPost
    const configuration = new Configuration(
      metadata,
      client.clientId,
      // It looks at the system's clock, which need not be the console's.
      { [clockSkew]: Math.round((clock() - Date.now()) / 1000) },
      authentication(client.clientSecret),
    )
    configuration[customFetch] = providerFetch({ origin, by: client.by }, parts.deadline)
    enableNonRepudiationChecks(configuration)
    for (const allow of plainHttp(client.issuer).execute ?? []) allow(configuration)
    if (keys !== null) setJwksCache(configuration, keys)
    return configuration
  }

  async function exchange(client: OidcClient, secrets: Secrets, query: string): Promise<Identified> {
    const provider = await lookUp(client)
    const configuration = configured(client, provider)
    const url = new URL(callbackOf(origin, client.id))
    url.search = query
    const tokens = await authorizationCodeGrant(configuration, url, {
      expectedState: secrets.state,
      expectedNonce: secrets.nonce,
      pkceCodeVerifier: secrets.verifier,
      idTokenExpected: true,
      ...(secrets.fresh ? { maxAge: freshSeconds } : {}),
    })
    provider.keys = getJwksCache(configuration) ?? null
    const claims = tokens.claims()
    if (claims === undefined || !subjectForm.test(claims.sub)) throw new Error('no subject that can be kept')
    const { email, email_verified: verified } =
      claims['email'] === undefined && provider.metadata.userinfo_endpoint !== undefined
        ? await fetchUserInfo(configuration, tokens.access_token, claims.sub)
        : claims
    return {
      issuer: claims.iss,
      subject: claims.sub,
      email: typeof email === 'string' ? email : null,
      emailVerified: verified === true,
      amr: amrOf(claims['amr']),
      authAt: claims.auth_time === undefined ? null : Math.min(Math.floor(claims.auth_time * 1000), clock()),
    }
  }

  return {
    async isThere(provider) {
      return await discover(provider).then(
        () => true,
        () => false,
      )
    },

    async begin(client, { hint, fresh = false } = {}) {
      try {
        const provider = await lookUp(client)
        const secrets = { state: secret(), nonce: secret(), verifier: secret(), fresh }
        const location = buildAuthorizationUrl(configured(client, provider), {
          redirect_uri: callbackOf(origin, client.id),
          scope: 'openid email',
          state: secrets.state,
          nonce: secrets.nonce,
          code_challenge: createHash('sha256').update(secrets.verifier).digest('base64url'),
          code_challenge_method: 'S256',
          ...(hint === undefined ? {} : { login_hint: hint }),
          ...(fresh ? { max_age: String(freshSeconds) } : {}),
        })
        if (!isReachable(location.href, { origin, by: client.by }))
          throw new ProviderUnreachable('nowhere to send anyone')
        return { location: location.href, secrets }
      } catch (error) {
        onFault(error)
        return null
      }
    },

    async finish(client, secrets, query) {
      // Looked at again later, but first of all: what belongs to nothing that this browser began sends no request anywhere.
      if (new URLSearchParams(query).get('state') !== secrets.state) return 'provider_failed'
      try {
        return await exchange(client, secrets, query)
      } catch (error) {
        if (error instanceof AuthorizationResponseError && error.error === 'access_denied') return 'provider_refused'
        onFault(error)
        return isUnreachable(error) || isTemporary(error) ? 'provider_unavailable' : 'provider_failed'
      }
    },
  }
}

/** OpenID Connect Core 1.0 section 2: at most 255 ASCII characters. */
const subjectForm = /^[\x20-\x7e]{1,255}$/

function plainHttp(issuer: string): { readonly execute?: ((configuration: Configuration) => void)[] } {
  // Each address is looked at again before it is fetched.
  return issuer.startsWith('http://') ? { execute: [allowInsecureRequests] } : {}
}

function isTemporary(error: unknown): boolean {
  const temporary = ['temporarily_unavailable', 'server_error']
  return error instanceof AuthorizationResponseError && temporary.includes(error.error)
}

/** RFC 8176: words. What is none is left out. */
function amrOf(claim: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(claim) ? claim : []
  return values
    .filter((value): value is string => typeof value === 'string' && /^[\w.:-]{1,32}$/.test(value))
    .slice(0, 8)
}
