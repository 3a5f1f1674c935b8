import { ApiError, problemOf, signedOut, someoneElse, unreachable } from './problem.ts'
import type { Session } from './types.ts'

/** No answer within this time counts as no connection. Longer than the server lets a message provider take. */
const patienceMs = 20_000

/** The session as last read. Its CSRF token changes with every change of session. */
let known: Session | null = null
const watchers = new Set<(session: Session) => void>()

/** Calls `watcher` with each session that is read, whoever asked for it. Returns what ends that. */
export function watchSession(watcher: (session: Session) => void): () => void {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}

export async function loadSession(): Promise<Session> {
  const session = await exchange<Session>('GET', '/api/session')
  known = session
  for (const watcher of watchers) watcher(session)
  return session
}

export function get<Body>(path: string): Promise<Body> {
  return noticingTheEnd(() => exchange<Body>('GET', path))
}

/**
 * An unsafe call with its CSRF token. Another tab may have changed the session, so a refused token is fetched again and
 * the call is made once more, never twice, and never for anyone but whom the page was shown to.
 */
export async function send<Body>(method: 'POST' | 'PUT' | 'PATCH', path: string, body: object = {}): Promise<Body> {
  const before = ownerOf(known ?? (await loadSession()))
  return noticingTheEnd(async () => {
    try {
      return await exchange<Body>(method, path, body)
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'csrf_refused') throw error
    }
    const now = ownerOf(await loadSession())
    if (now !== before) throw now === null ? signedOut() : someoneElse()
    return exchange<Body>(method, path, body)
  })
}

/** Where a session has ended, it is read again before the failure is told: the page then leads to the sign-in. */
async function noticingTheEnd<Body>(call: () => Promise<Body>): Promise<Body> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof ApiError && error.code === 'not_signed_in') await loadSession().catch(() => undefined)
    throw error
  }
}

function ownerOf({ account }: Session): string | null {
  return account?.email ?? null
}

async function exchange<Body>(method: string, path: string, body?: object): Promise<Body> {
  const accept = { accept: 'application/json, application/problem+json' }
  const sending = { 'content-type': 'application/json', 'x-csrf-token': known?.csrf ?? '' }
  const request: RequestInit = {
    method,
    cache: 'no-store',
    credentials: 'same-origin',
    signal: AbortSignal.timeout(patienceMs),
    headers: body === undefined ? accept : { ...accept, ...sending },
    body: body === undefined ? null : JSON.stringify(body),
  }
  let response: Response
  try {
    response = await fetch(path, request)
  } catch {
    throw unreachable()
  }
  if (!response.ok) throw await problemOf(response)
  if (response.status === 204) return undefined as Body
  return (await response.json().catch(() => Promise.reject(unreachable()))) as Body
}
