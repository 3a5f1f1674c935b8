import { everyRoute, filled } from './routes.ts'

/** Something that someone has in hand. */
export interface Held {
  readonly name: string
  /** What a browser sends along. */
  readonly cookies?: ReadonlyMap<string, string>
  /** What is tried wherever a token is taken: as a bearer, in cookies, in bodies. */
  readonly values?: readonly string[]
  /** Whether it still does what it is for: or else calling the rest with it would show nothing. */
  readonly isGood?: () => Promise<boolean>
  /** What it is for, besides what is open to anyone. */
  readonly opens?: ReadonlySet<string>
}

export interface Crawled {
  readonly origin: string
  /** As the OpenAPI document writes them. */
  readonly routes: readonly string[]
  /** Those that may answer to anyone. */
  readonly open: ReadonlySet<string>
  /** For the paths: of things that really are there. */
  readonly ids: Readonly<Record<string, string>>
  /** What is the account's, and nobody else's to read. */
  readonly secrets: readonly string[]
  /** Routes that tell some of it to whoever holds what they are for. */
  readonly tells: ReadonlySet<string>
}

interface Said {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** One way to present what is held. */
interface Way {
  readonly how: string
  readonly cookies: ReadonlyMap<string, string>
  readonly bearer: string | null
  /** For the fields of a body that take a token; null leaves them as they are. */
  readonly value: string | null
}

const sessionCookie = '__Host-console-session'
const cookieNames = [sessionCookie, '__Host-sallyport-pending']
const tokenFields: ReadonlySet<string> = new Set(['token', 'challengeToken', 'refreshToken', 'challengeId'])
/** What uses up what is held comes last, or the rest of the crawl would have none. */
const usesUp = /\/(cancel|sign-out|refresh|skip|callback)$/

/**
 * Calls every route with what is held, in every way in which it could be presented, and names each answer that is one too
 * many: a yes where nobody is signed in, something of the account, or a cookie or token that opens something.
 */
export async function crawl(crawled: Crawled, held: Held): Promise<readonly string[]> {
  const findings: string[] = []
  const known = new Set([...(held.values ?? []), ...(held.cookies?.values() ?? [])])
  const ways = waysOf(held)
  for (const last of [false, true]) {
    if (held.isGood !== undefined && !(await held.isGood())) findings.push(`${held.name} was used up on the way`)
    for (const way of ways) {
      const page = await pageOf(crawled.origin, way)
      for (const route of crawled.routes.filter((each) => usesUp.test(each) === last)) {
        const body = bodyOf(route, way.value)
        if (way.how === 'in the body' && body === everyRoute[route]) continue
        const [method = '', path = ''] = route.split(' ')
        const said = await say(crawled.origin, method, filled(path, crawled.ids), body, page)
        const fault = await judge(crawled, { route, said, held, known })
        if (fault !== null) findings.push(`${route}, with ${held.name} ${way.how}: ${fault}`)
      }
    }
  }
  return findings
}

function waysOf({ cookies = new Map(), values = [] }: Held): readonly Way[] {
  const none: ReadonlyMap<string, string> = new Map()
  return [
    { how: 'as it is', cookies, bearer: null, value: null },
    ...values.flatMap((value) => [
      { how: 'as a bearer', cookies: none, bearer: value, value: null },
      { how: 'in the body', cookies: none, bearer: null, value },
      ...cookieNames.map((name) => ({
        how: `as ${name}`,
        cookies: new Map([[name, value]]),
        bearer: null,
        value: null,
      })),
    ]),
  ]
}

async function judge(
  crawled: Crawled,
  { route, said, held, known }: { route: string; said: Said; held: Held; known: Set<string> },
): Promise<string | null> {
  if (held.opens?.has(route) === true) return null
  if (said.status < 400 && !crawled.open.has(route)) return `it answers ${said.status}`
  const all = said.text + JSON.stringify([...said.headers])
  const told = crawled.tells.has(route) ? undefined : crawled.secrets.find((secret) => all.includes(secret))
  if (told !== undefined) return `it tells ${told}`
  const opened = await openedBy(crawled.origin, said, known)
  return opened === null ? null : `it hands out what opens ${opened}`
}

/** What the cookies and tokens of an answer open: whatever they are called, and wherever in the answer they stand. */
async function openedBy(origin: string, said: Said, known: Set<string>): Promise<string | null> {
  const cookies = said.headers.getSetCookie().map((line) => line.split(';')[0] ?? '')
  const inLocation = new URL(said.headers.get('location') ?? '/', origin)
  const texts = [
    ...cookies.map((cookie) => cookie.slice(cookie.indexOf('=') + 1)),
    ...stringsIn(said),
    ...inLocation.searchParams.values(),
    inLocation.hash.slice(1),
  ]
  const tokens = texts.filter((text) => text.length >= 20 && /^[\w.~+/=:-]+$/.test(text) && !known.has(text))
  for (const token of tokens) {
    known.add(token)
    const tries: readonly (readonly [string, string, Record<string, string>, unknown])[] = [
      ['GET', '/api/account', { cookie: cookies.join('; ') }, null],
      ['GET', '/api/account', { cookie: `${sessionCookie}=${token}` }, null],
      ['GET', '/api/account', { authorization: `Bearer ${token}` }, null],
      ['GET', '/api/v1/me', { authorization: `Bearer ${token}` }, null],
      ['POST', '/api/mobile/refresh', {}, { refreshToken: token }],
    ]
    for (const [method, path, headers, body] of tries) {
      const { status } = await say(origin, method, path, body, headers)
      if (status < 400) return path
    }
  }
  return null
}

function stringsIn({ headers, text }: Said): readonly string[] {
  const type = headers.get('content-type') ?? ''
  if (!type.includes('json')) return []
  const found: string[] = []
  for (const part of type.includes('x-ndjson') ? text.split('\n').filter(Boolean) : [text]) {
    JSON.parse(part, (_, value: unknown) => {
      if (typeof value === 'string') found.push(value)
      return value
    })
  }
  return found
}

function bodyOf(route: string, value: string | null): unknown {
  const usual = everyRoute[route]
  // A new route may be one that nobody has written a body for.
  if (usual === undefined) return {}
  if (typeof usual !== 'object' || usual === null || value === null) return usual
  const fields = Object.entries(usual)
  if (!fields.some(([name]) => tokenFields.has(name))) return usual
  const given = fields.map(([name, each]) => [name, tokenFields.has(name) ? value : each])
  // A reset link is for setting a password. One that is refused leaves it as it is, for the rest of the crawl.
  return { ...Object.fromEntries(given), ...('password' in usual ? { password: 'weak' } : {}) }
}

/** What a page of the console would send along with a request. */
async function pageOf(origin: string, { cookies, bearer }: Way): Promise<Record<string, string>> {
  if (bearer !== null) return { authorization: `Bearer ${bearer}` }
  const jar = new Map(cookies)
  const cookie = (): string => [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const { headers, text } = await say(origin, 'GET', '/api/session', null, { cookie: cookie() })
  for (const line of headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    jar.set(name, value)
  }
  const { csrf = '' } = JSON.parse(text) as { csrf?: string }
  return { cookie: cookie(), 'x-csrf-token': csrf }
}

async function say(
  origin: string,
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<Said> {
  const unsafe = method !== 'GET'
  const response = await fetch(origin + path, {
    method,
    headers: {
      ...(unsafe ? { origin, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' } : {}),
      ...headers,
    },
    body: unsafe ? JSON.stringify(body) : null,
    redirect: 'manual',
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}
