import { resolve } from 'node:path'

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
  readonly logLevel: string
}

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
    logLevel,
  }
  if (development) expectLocal(config)
  else {
    for (const [name, why] of requiredInProduction)
      if (read(name) === null) throw new ConfigError(`${name} is required in production: ${why}.`)
    if (!config.origin.startsWith('https://'))
      throw new ConfigError('SALLYPORT_ORIGIN must be an https origin in production.')
  }
  return config
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
