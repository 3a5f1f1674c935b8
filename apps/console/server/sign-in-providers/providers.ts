import { z } from '@hono/zod-openapi'
import { isForTeams } from './callback-address.ts'
import { isUsableIssuer } from './issuer.ts'
import type { OidcClient } from './oidc.ts'

/** An OpenID Connect provider where people can sign in, as whoever runs the console has configured it. */
export interface OidcProvider {
  /** In routes and in the database: a to z, 0 to 9 and `-`. None begins with `sso-`. */
  readonly id: string
  /** As people know it. */
  readonly name: string
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** Whether what it says in `amr` is believed. It is kept with the session, and spares nobody a challenge. Default false. */
  readonly trusted?: boolean
}

export interface Providers {
  /** In the order in which they are configured. */
  readonly all: readonly OidcProvider[]
  find(id: string): OidcProvider | null
}

export function createProviders(all: readonly OidcProvider[]): Providers {
  const byId = new Map(all.map((provider) => [provider.id, provider]))
  return { all, find: (id) => byId.get(id) ?? null }
}

export function clientOf({ id, issuer, clientId, clientSecret }: OidcProvider): OidcClient {
  return { id, issuer, clientId, clientSecret, by: 'operator' }
}

const provider = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/, 'must be 1 to 32 of a to z, 0 to 9 and -')
    .refine((id) => !isForTeams(id), 'must not begin with sso-'),
  name: z.string().trim().min(1, 'must not be empty').max(60, 'must have at most 60 characters'),
  issuer: z.string(),
  clientId: z.string().min(1, 'must not be empty'),
  clientSecret: z.string().min(1, 'must not be empty'),
  trusted: z.boolean().optional(),
})

export type ParsedProviders =
  | { readonly ok: true; readonly providers: readonly OidcProvider[] }
  /** What is wrong, for the person who starts the console. No value of it is repeated. */
  | { readonly ok: false; readonly fault: string }

/** Reads what whoever runs the console has written: a JSON array of providers. */
export function parseProviders(text: string, origin: string): ParsedProviders {
  const parsed = z.array(provider).safeParse(json(text))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const [index, ...path] = issue?.path ?? []
    const place = index === undefined ? 'must be a JSON array of providers' : `provider ${Number(index) + 1}`
    return { ok: false, fault: [place, path.join('.'), index === undefined ? '' : issue?.message].join(' ').trim() }
  }
  const providers = parsed.data.map(({ trusted = false, ...rest }) => ({ ...rest, trusted }))
  const fault = faultOf(providers, origin)
  return fault === null ? { ok: true, providers } : { ok: false, fault }
}

function faultOf(providers: readonly OidcProvider[], origin: string): string | null {
  const unusable = providers.find(({ issuer }) => !isUsableIssuer(issuer, { origin, by: 'operator' }))
  if (unusable !== undefined) return `the issuer of ${unusable.id} must be an https address`
  const repeated = (values: readonly string[]): boolean => new Set(values).size !== values.length
  if (repeated(providers.map(({ id }) => id))) return 'two providers have the same id'
  // What both know someone as would be one and the same, however each is written.
  return repeated(providers.map(({ issuer }) => new URL(issuer).href)) ? 'two providers have the same issuer' : null
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
