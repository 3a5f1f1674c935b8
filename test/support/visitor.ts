import { expectDocumented } from './openapi.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // eslint-disable-next-line typescript/no-explicit-any -- a test reads what it expects and fails where it is not there
  readonly body: any
}

interface Sent {
  readonly method?: string
  readonly body?: unknown
  /** Replaces headers; null leaves one out. */
  readonly headers?: Readonly<Record<string, string | null>>
}

/**
 * One browser: keeps cookies, and sends with each request what a page of the console would send. Talks HTTP only. Every
 * answer is held against the OpenAPI document.
 */
export class Visitor {
  readonly origin: string
  readonly cookies = new Map<string, string>()
  #csrf: string | null = null

  constructor(origin: string) {
    this.origin = origin
  }

  get(path: string): Promise<Answer> {
    return this.request(path)
  }

  async send(method: string, path: string, body: unknown = {}, headers: Sent['headers'] = {}): Promise<Answer> {
    if (this.#csrf === null) await this.session()
    return await this.request(path, { method, body, headers: { 'x-csrf-token': this.#csrf, ...headers } })
  }

  post(path: string, body: unknown = {}): Promise<Answer> {
    return this.send('POST', path, body)
  }

  /** Who is signed in; fetches the CSRF token that goes with it. */
  async session(): Promise<Answer> {
    const answer = await this.request('/api/session')
    this.#csrf = answer.body.csrf
    return answer
  }

  async request(path: string, { method = 'GET', body, headers = {} }: Sent = {}): Promise<Answer> {
    const unsafe = method !== 'GET'
    const all: Record<string, string | null> = {
      cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ') || null,
      ...(unsafe ? { origin: this.origin, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' } : {}),
      'user-agent': 'Visitor/1.0',
      ...headers,
    }
    const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null)
    const payload = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body)
    const response = await fetch(this.origin + path, { method, headers: given, body: payload, redirect: 'manual' })
    const text = await response.text()
    const changed = this.#keep(response.headers.getSetCookie())
    if (changed) this.#csrf = null
    const answer = { status: response.status, headers: response.headers, text, body: bodyIn(response, text) }
    await expectDocumented(this.origin, method, path, answer)
    return answer
  }

  /** Another browser with the same cookies: what someone has who copied them. */
  copy(): Visitor {
    const copy = new Visitor(this.origin)
    for (const [name, value] of this.cookies) copy.cookies.set(name, value)
    return copy
  }

  /** Whether the session cookie was among them: a CSRF token is good for one session. */
  #keep(setCookies: readonly string[]): boolean {
    for (const line of setCookies) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
      const [name = '', value = ''] = pair.split('=')
      if (attributes.some((attribute) => attribute.toLowerCase() === 'max-age=0') || value === '')
        this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return setCookies.length > 0
  }
}

/** One object a line is no JSON as a whole: that is left as it is. */
function bodyIn({ headers }: Response, text: string): unknown {
  const type = headers.get('content-type') ?? ''
  if (type.includes('x-ndjson')) return text
  return type.includes('json') ? JSON.parse(text) : null
}
