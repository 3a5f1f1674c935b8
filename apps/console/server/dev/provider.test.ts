import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createOidc } from '../sign-in-providers/oidc.ts'
import { clientOf } from '../sign-in-providers/providers.ts'
import { startProvider } from './provider.ts'
import type { DevelopmentProvider } from './provider.ts'

const origin = 'http://localhost:3000'
const people = ['ada@example.com', 'grace@example.com']
const said = ['log', 'info', 'warn', 'error'] as const
let running: DevelopmentProvider
let spies: readonly { readonly mock: { readonly calls: readonly unknown[] }; mockRestore(): void }[] = []

beforeEach(async () => {
  spies = said.map((level) => vi.spyOn(console, level).mockImplementation(() => undefined))
  running = await startProvider({ host: '127.0.0.1', port: 0, origin, people })
})
afterEach(async () => {
  await running.close()
  for (const spy of spies) spy.mockRestore()
})

const oidc = createOidc({
  origin,
  clock: () => Date.now(),
  random: (size) => crypto.getRandomValues(new Uint8Array(size)),
  deadline: (milliseconds) => AbortSignal.timeout(milliseconds),
  onFault: (error) => {
    throw error
  },
})

/** A browser at the provider: it keeps cookies and follows redirects until it is sent back to the console. */
function visitor() {
  const cookies = new Map<string, string>()
  return async function go(url: string, form?: Record<string, string>): Promise<{ url: string; text: string }> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const sent = form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }
    const response = await fetch(url, { ...sent, headers: { cookie }, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/max-age=0/i.test(line)) cookies.delete(name)
      else cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location === null) return { url, text: await response.text() }
    const next = new URL(location, url).href
    return next.startsWith(`${origin}/`) ? { url: next, text: '' } : await go(next)
  }
}

async function arrive(go: ReturnType<typeof visitor>, hint?: string, fresh = false) {
  const begun = await oidc.begin(clientOf(running.provider), { ...(hint === undefined ? {} : { hint }), fresh })
  if (begun === null) throw new Error('the provider was not reached')
  return { secrets: begun.secrets, page: await go(begun.location) }
}

test('U3 whoever it is said to be comes back as that person, and can be another the next time', async () => {
  const go = visitor()
  for (const email of ['ada@example.com', 'someone@else.example']) {
    const { secrets, page } = await arrive(go)
    for (const person of people) expect(page.text).toContain(`value="${person}"`)
    const back = await go(page.url, { email })
    expect(await oidc.finish(clientOf(running.provider), secrets, new URL(back.url).search)).toMatchObject({
      issuer: running.provider.issuer,
      subject: email,
      email,
      emailVerified: true,
    })
  }
})

test('whoever says no comes back as nobody', async () => {
  const go = visitor()
  const { secrets, page } = await arrive(go)
  const back = await go(page.url, { cancel: '1' })
  const { search } = new URL(back.url)
  expect(await oidc.finish(clientOf(running.provider), secrets, search)).toBe('provider_refused')
})

test('whoever has to sign in anew is asked again, and it is said when that was', async () => {
  const go = visitor()
  for (const fresh of [false, true, true]) {
    const before = Date.now()
    const { secrets, page } = await arrive(go, undefined, fresh)
    expect(page.text).toContain('name="email"')
    const back = await go(page.url, { email: 'ada@example.com' })
    const identified = await oidc.finish(clientOf(running.provider), secrets, new URL(back.url).search)
    if (typeof identified === 'string') throw new Error(identified)
    if (fresh) expect(Math.abs((identified.authAt ?? 0) - before)).toBeLessThan(10_000)
    else expect(identified.authAt).toBeNull()
  }
})

test('it sends people back to where this console expects them from it, and to nowhere else', async () => {
  const go = visitor()
  for (const [id, isOurs] of [
    ['example', true],
    ['sso-planetarium', true],
    ['sso-another', false],
    ['', false],
  ] as const) {
    const begun = await oidc.begin({ ...clientOf(running.provider), id })
    const page = await go(begun?.location ?? '')
    expect([id, page.text.includes('name="email"')]).toEqual([id, isOurs])
    if (isOurs) {
      const back = await go(page.url, { email: 'ada@example.com' })
      expect(new URL(back.url).pathname).toBe(`/api/providers/${id}/callback`)
    }
  }
})

test('a sign-in that is over says so, and leads back to the console', async () => {
  const go = visitor()
  const { page } = await arrive(go)
  const stale = `${new URL(page.url).origin}/choose/gone`
  for (const sent of [
    {},
    { method: 'POST', body: new URLSearchParams({ email: 'ada@example.com' }) },
    { method: 'POST', body: new URLSearchParams({ cancel: '1' }) },
  ]) {
    for (const url of [stale, page.url]) {
      // Without its cookie, what is open in another browser is nobody's here.
      const answer = await fetch(url, { ...sent, redirect: 'manual' })
      expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'text/html; charset=utf-8'])
      const text = await answer.text()
      expect(text).toContain('This sign-in is over')
      expect(text.match(/href="[^"]*"/g)).toEqual([`href="${origin}/sign-in"`])
    }
  }
})

test('the page shows the address that was given, and takes nothing from it but text', async () => {
  const { page } = await arrive(visitor(), '"><script>alert(1)</script>@example.com')
  expect(page.text).toContain('&#60;script&#62;')
  expect(page.text).not.toContain('<script')
  expect(page.text).not.toMatch(/(?:src|href)=/)
})

test('it prints nothing', async () => {
  await arrive(visitor())
  for (const spy of spies) expect(spy.mock.calls).toEqual([])
})
