import { whenConfirmed } from './demand.ts'
import { ApiError, problemOf, signedOut, someoneElse, unreachable } from './problem.ts'
import type { Session } from './types.ts'

/** No answer within this time counts as no connection. Longer than the server lets a message provider take. */
const patienceMs = 20_000
/** A file may be long, and is no answer until it is here as a whole. */
const filePatienceMs = 120_000

type UnsafeMethod = 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** The session as last read. Its CSRF token changes with every change of session. */
let known: Session | null = null
/** What was wrong too often when the session ended; null where it ended otherwise, or none has. */
let wrongTooOften: 'codes' | 'passwords' | null = null
const watchers = new Set<(session: Session) => void>()

/** Calls `watcher` with each session that is read, whoever asked for it. Returns what ends that. */
export function watchSession(watcher: (session: Session) => void): () => void {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}

export async function loadSession(): Promise<Session> {
  const session = await exchange(asJson<Session>(), 'GET', '/api/session')
  known = session
  if (session.account !== null) wrongTooOften = null
  for (const watcher of watchers) watcher(session)
  return session
}

/** Why whoever was signed in is not any more. */
export function whyEnded(): string {
  return wrongTooOften === null
    ? 'You are signed out. Sign in again.'
    : `You were signed out after too many wrong ${wrongTooOften}.`
}

export function get<Body>(path: string): Promise<Body> {
  return noticingTheEnd(path, () => exchange(asJson<Body>(), 'GET', path))
}

/**
 * An unsafe call. Where the server wants it confirmed, the person is asked and the same call goes out again; where they
 * cancel, it ends with the code `cancelled`. Never made for anyone but whom the page was shown to.
 */
export function send<Body>(method: UnsafeMethod, path: string, body: object = {}): Promise<Body> {
  return sendFor(asJson<Body>(), method, path, body)
}

/** The same, where the answer is a file. */
export function sendForFile(path: string, body: object): Promise<Blob> {
  return sendFor(asFile, 'POST', path, body)
}

async function sendFor<Body>(form: Form<Body>, method: UnsafeMethod, path: string, body: object): Promise<Body> {
  const before = ownerOf(known ?? (await loadSession()))
  const sameOwner = () => {
    const now = known === null ? null : ownerOf(known)
    if (now !== before) throw now === null ? signedOut() : someoneElse()
  }
  const rejoin = async () => {
    await loadSession()
    sameOwner()
  }
  return whenConfirmed<Body>({
    attempt: (stepUp) =>
      noticingTheEnd(path, () => withToken(rejoin, () => exchange(form, method, path, body, stepUp))),
    rejoin,
    sameOwner,
  })
}

/** Another tab may have changed the session, so a refused CSRF token is fetched again and the call made once more, never twice. */
async function withToken<Body>(rejoin: () => Promise<void>, call: () => Promise<Body>): Promise<Body> {
  try {
    return await call()
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'csrf_refused') throw error
  }
  await rejoin()
  return call()
}

/**
 * Where a session has ended, or opens only the setting up of a second factor by now, it is read again before the failure is
 * told: the page then leads to the sign-in, or to what is needed.
 */
async function noticingTheEnd<Body>(path: string, call: () => Promise<Body>): Promise<Body> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof ApiError && error.code === 'not_signed_in') {
      if (error.problem.attemptsLeft === 0) wrongTooOften = path.startsWith('/api/mfa/') ? 'codes' : 'passwords'
      await loadSession().catch(() => undefined)
    }
    if (error instanceof ApiError && error.code === 'enrollment_required') await loadSession().catch(() => undefined)
    throw error
  }
}

function ownerOf({ account }: Session): string | null {
  return account?.email ?? null
}

/** In what form an answer comes. */
interface Form<Body> {
  readonly type: string
  readonly patienceMs: number
  readonly read: (response: Response) => Promise<Body>
}

function asJson<Body>(): Form<Body> {
  const read = async (response: Response) => (await response.json()) as Body
  return { type: 'application/json', patienceMs, read }
}

const asFile: Form<Blob> = {
  type: 'application/x-ndjson',
  patienceMs: filePatienceMs,
  read: (response) => response.blob(),
}

async function exchange<Body>(
  form: Form<Body>,
  method: string,
  path: string,
  body?: object,
  stepUp: string | null = null,
): Promise<Body> {
  const accept = { accept: `${form.type}, application/problem+json` }
  const confirmed = stepUp === null ? {} : { 'x-step-up': stepUp }
  const sending = { 'content-type': 'application/json', 'x-csrf-token': known?.csrf ?? '', ...confirmed }
  const request: RequestInit = {
    method,
    cache: 'no-store',
    credentials: 'same-origin',
    signal: AbortSignal.timeout(form.patienceMs),
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
  return await form.read(response).catch(() => Promise.reject(unreachable()))
}
