import { resolve } from 'node:path'
import { isSupportedCountry } from 'libphonenumber-js/max'
import type { SecurityKeyOptions } from 'sallyport/methods/security-key'
import { trustedProxiesOf } from './protection/client-address.ts'
import { parseIssuers } from './sign-in-providers/issuer.ts'
import { parseProviders } from './sign-in-providers/providers.ts'
import type { OidcProvider } from './sign-in-providers/providers.ts'
import type { Enforcement } from './teams/rules.ts'

/** What the console is started with, read from the environment. */
export interface Config {
  readonly development: boolean
  readonly host: string
  readonly port: number
  readonly origin: string
  /** Holds the keys and the SQLite files where the environment gives neither. */
  readonly dataFolder: string
  /** PostgreSQL for the console and for Sallyport; null for SQLite files in the data folder. */
  readonly databaseUrl: string | null
  /** Null in development: then they are made and kept in the data folder. */
  readonly keys: readonly string[] | null
  readonly smtp: { readonly url: string; readonly from: string } | null
  readonly twilio: {
    readonly accountSid: string
    readonly authToken: string
    readonly from: string
    readonly baseUrl?: string
  } | null
  /** The countries whose numbers are sent text messages; null for all. */
  readonly smsCountries: readonly string[] | null
  /** Who must have a second factor, whatever their teams say. */
  readonly enforcement: Enforcement
  /** Where people can sign in besides with their password; in development, Example ID is there as well. */
  readonly providers: readonly OidcProvider[]
  /** The identity providers of teams that count while everyone, or whoever runs a team, must have a second factor. */
  readonly ssoIssuers: readonly string[]
  /** The addresses and networks whose `X-Forwarded-For` says who is asking. */
  readonly trustedProxies: readonly string[]
  /** Hardware keys and passkeys. */
  readonly keyOptions: KeyOptions
  /** Whether one may sign in with a passkey and nothing else. */
  readonly passkeySignIn: boolean
  /** How long it goes on after it has said that it is not ready any more, before it takes no more connections. */
  readonly drainSeconds: number
  readonly logLevel: string
}

/** What is left out is as the library has it. */
export type KeyOptions = Pick<SecurityKeyOptions, 'rpId' | 'relatedOrigins' | 'userVerification'>

/** Something is missing or wrong; the message is one line for the person who starts the console. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

type Environment = Readonly<Record<string, string | undefined>>

const logLevels = ['debug', 'info', 'warn', 'error', 'silent']

/** Throws `ConfigError`. Production is what NODE_ENV=production says; it starts with nothing made up for it. */
export function readConfig(environment: Environment): Config {
  const read = (name: string): string | null => {
    const value = environment[name]?.trim()
    return value === undefined || value === '' ? null : value
  }
  const mode = read('NODE_ENV') ?? 'development'
  if (!['production', 'development', 'test'].includes(mode)) {
    throw new ConfigError('NODE_ENV must be production, development or test.')
  }
  const development = mode !== 'production'
  const port = Number(read('PORT') ?? 3000)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new ConfigError('PORT must be a number from 1 to 65535.')
  const logLevel = read('LOG_LEVEL') ?? (development ? 'error' : 'info')
  if (!logLevels.includes(logLevel)) throw new ConfigError(`LOG_LEVEL must be one of ${logLevels.join(', ')}.`)
  const config: Config = {
    development,
    host: read('HOST') ?? '127.0.0.1',
    port,
    origin: read('SALLYPORT_ORIGIN') ?? `http://localhost:${port}`,
    dataFolder: resolve(read('SALLYPORT_DATA') ?? 'data'),
    databaseUrl: read('SALLYPORT_DATABASE_URL'),
    keys:
      read('SALLYPORT_KEYS')
        ?.split(',')
        .map((key) => key.trim()) ?? null,
    smtp: together('SALLYPORT_SMTP_URL', 'SALLYPORT_MAIL_FROM', read, (url, from) => ({ url, from })),
    twilio: readTwilio(read),
    smsCountries: readSmsCountries(read),
    enforcement: readEnforcement(read),
    providers: [],
    ssoIssuers: [],
    trustedProxies: readTrustedProxies(read),
    keyOptions: {},
    passkeySignIn: readPasskeySignIn(read),
    drainSeconds: readDrainSeconds(read, development),
    logLevel,
  }
  if (development) expectLocal(config)
  else {
    for (const [name, why] of requiredInProduction)
      if (read(name) === null) throw new ConfigError(`${name} is required in production: ${why}.`)
    if (!config.origin.startsWith('https://'))
      throw new ConfigError('SALLYPORT_ORIGIN must be an https origin in production.')
  }
  return {
    ...config,
    providers: readProviders(read, config),
    ssoIssuers: readSsoIssuers(read, config),
    keyOptions: readKeyOptions(read, config),
  }
}

/** Development publishes every message and signs in people whose passwords are printed: that stays on this machine. */
function expectLocal({ host, origin, databaseUrl }: Config): void {
  const local =
    localNames.has(hostOf(`http://${host.includes(':') ? `[${host}]` : host}`)) &&
    localNames.has(hostOf(origin)) &&
    (databaseUrl === null || isLocalDatabase(databaseUrl))
  if (local) return
  throw new ConfigError(
    'Only this machine may reach the console in development. Set NODE_ENV=production, or keep HOST, SALLYPORT_ORIGIN and SALLYPORT_DATABASE_URL on localhost.',
  )
}

/** A `host` in the query is what counts to PostgreSQL's clients; a path is a socket of this machine. */
function isLocalDatabase(url: string): boolean {
  if (!URL.canParse(url)) return false
  const query = new URL(url).searchParams
  const socket = query.get('host')
  if (query.has('hostaddr')) return false
  return socket === null ? localNames.has(hostOf(url)) : socket.startsWith('/')
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : ''
}

const localNames: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

const requiredInProduction = [
  ['SALLYPORT_KEYS', 'one or more keys of 32 random bytes in base64url, separated by commas'],
  ['SALLYPORT_ORIGIN', 'the https origin people reach the console at'],
  ['SALLYPORT_SMTP_URL', 'the mail server, such as smtps://user:password@mail.example:465'],
] as const

function readTwilio(read: (name: string) => string | null): Config['twilio'] {
  const accountSid = read('SALLYPORT_TWILIO_ACCOUNT_SID')
  if (accountSid === null) return null
  const authToken = read('SALLYPORT_TWILIO_AUTH_TOKEN')
  const from = read('SALLYPORT_TWILIO_FROM')
  if (authToken === null || from === null) {
    throw new ConfigError('SALLYPORT_TWILIO_ACCOUNT_SID needs SALLYPORT_TWILIO_AUTH_TOKEN and SALLYPORT_TWILIO_FROM.')
  }
  const baseUrl = read('SALLYPORT_TWILIO_URL')
  return { accountSid, authToken, from, ...(baseUrl === null ? {} : { baseUrl }) }
}

function readSmsCountries(read: (name: string) => string | null): Config['smsCountries'] {
  const countries =
    read('SALLYPORT_SMS_COUNTRIES')
      ?.split(',')
      .map((country) => country.trim()) ?? null
  if (countries === null || countries.every((country) => isSupportedCountry(country))) return countries
  throw new ConfigError(
    'SALLYPORT_SMS_COUNTRIES must be countries by their codes of two letters, such as DE,AT,CH, separated by commas.',
  )
}

function readProviders(read: (name: string) => string | null, { origin, development }: Config): Config['providers'] {
  const text = read('SALLYPORT_OIDC')
  if (text === null) return []
  const parsed = parseProviders(text, origin)
  if (!parsed.ok) throw new ConfigError(`SALLYPORT_OIDC: ${parsed.fault}.`)
  if (development && parsed.providers.some(({ id }) => id === developmentProviderId)) {
    throw new ConfigError(`SALLYPORT_OIDC: ${developmentProviderId} is the provider that development brings.`)
  }
  return parsed.providers
}

function readSsoIssuers(read: (name: string) => string | null, { origin }: Config): Config['ssoIssuers'] {
  const text = read('SALLYPORT_SSO_ISSUERS')
  const issuers = text === null ? [] : parseIssuers(text, origin)
  if (issuers !== null) return issuers
  throw new ConfigError(
    'SALLYPORT_SSO_ISSUERS must be the https addresses that identity providers give as their issuers, separated by commas.',
  )
}

function readTrustedProxies(read: (name: string) => string | null): Config['trustedProxies'] {
  const entries =
    read('SALLYPORT_TRUSTED_PROXIES')
      ?.split(',')
      .map((entry) => entry.trim()) ?? []
  if (trustedProxiesOf(entries) !== null) return entries
  throw new ConfigError(
    'SALLYPORT_TRUSTED_PROXIES must be addresses, or networks such as 10.0.0.0/8, separated by commas, and not everyone.',
  )
}

function readPasskeySignIn(read: (name: string) => string | null): boolean {
  const asked = read('SALLYPORT_PASSKEY_SIGN_IN') ?? 'on'
  if (asked !== 'on' && asked !== 'off') throw new ConfigError('SALLYPORT_PASSKEY_SIGN_IN must be on or off.')
  return asked === 'on'
}

const verifications = ['required', 'preferred', 'discouraged'] as const

/** What could not work is found here and not when the first key is set up: by then its owner stands before it. */
function readKeyOptions(read: (name: string) => string | null, { origin }: Config): KeyOptions {
  const host = hostOf(origin)
  if (!isDomainName(host)) {
    throw new ConfigError(
      'SALLYPORT_ORIGIN must be a name, such as http://localhost:3000, and no address: browsers keep keys for names only.',
    )
  }
  const rpId = read('SALLYPORT_RP_ID')
  if (rpId !== null && !(isDomainName(rpId) && isWithin(host, rpId))) {
    throw new ConfigError('SALLYPORT_RP_ID must be the host of SALLYPORT_ORIGIN, or a domain above it.')
  }
  const relatedOrigins =
    read('SALLYPORT_RELATED_ORIGINS')
      ?.split(',')
      .map((related) => related.trim()) ?? []
  if (!relatedOrigins.every((related) => isHttpsOrigin(related) && !isWithin(hostOf(related), rpId ?? host))) {
    throw new ConfigError(
      'SALLYPORT_RELATED_ORIGINS must be https origins of other domains, such as https://console.example.org, separated by commas.',
    )
  }
  const asked = read('SALLYPORT_USER_VERIFICATION') ?? 'preferred'
  const userVerification = verifications.find((each) => each === asked)
  if (userVerification === undefined) {
    throw new ConfigError(`SALLYPORT_USER_VERIFICATION must be one of ${verifications.join(', ')}.`)
  }
  return { ...(rpId === null ? {} : { rpId }), relatedOrigins, userVerification }
}

/** `localhost` is the one name without a dot that browsers keep keys for. */
function isDomainName(name: string): boolean {
  return name === 'localhost' || /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*$/.test(name)
}

function isWithin(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`)
}

function isHttpsOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).protocol === 'https:' && new URL(text).origin === text
}

const drainSecondsAtMost = 300

/** In development there is no load balancer that would have to learn of it. */
function readDrainSeconds(read: (name: string) => string | null, development: boolean): number {
  const seconds = Number(read('SALLYPORT_DRAIN_SECONDS') ?? (development ? 0 : 5))
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= drainSecondsAtMost) return seconds
  throw new ConfigError(`SALLYPORT_DRAIN_SECONDS must be a whole number from 0 to ${drainSecondsAtMost}.`)
}

/** Of the provider that is there in development and nowhere else. */
export const developmentProviderId = 'example'

const whoMust = ['nobody', 'privileged', 'everyone'] as const

function readEnforcement(read: (name: string) => string | null): Enforcement {
  const asked = read('SALLYPORT_MFA_REQUIRED') ?? 'nobody'
  const who = whoMust.find((each) => each === asked)
  if (who === undefined) throw new ConfigError(`SALLYPORT_MFA_REQUIRED must be one of ${whoMust.join(', ')}.`)
  const date = read('SALLYPORT_MFA_REQUIRED_FROM')
  if (date === null) return { who, from: 0 }
  if (who === 'nobody') throw new ConfigError('SALLYPORT_MFA_REQUIRED_FROM needs SALLYPORT_MFA_REQUIRED.')
  const from = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?Z)?$/.test(date) ? Date.parse(date) : Number.NaN
  // The 31st of February would be taken for the 3rd of March.
  if (Number.isNaN(from) || !new Date(from).toISOString().startsWith(date.slice(0, 10))) {
    throw new ConfigError('SALLYPORT_MFA_REQUIRED_FROM must be a date such as 2027-01-31 or 2027-01-31T12:00Z.')
  }
  return { who, from }
}

function together<Both>(
  first: string,
  second: string,
  read: (name: string) => string | null,
  make: (a: string, b: string) => Both,
): Both | null {
  const [a, b] = [read(first), read(second)]
  if (a === null && b === null) return null
  if (a === null || b === null) throw new ConfigError(`${first} and ${second} must be given together.`)
  return make(a, b)
}
