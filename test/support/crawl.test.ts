import { describe, expect, test } from 'vitest'
import { signInApp, withApp } from './app.ts'
import { crawl } from './crawl.ts'
import { consoleToCrawl } from './crawled-console.ts'
import { filled } from './routes.ts'
import type { Situated } from './sensitive.ts'

/** A way in that nobody thought of, and what the crawl has to say of it. */
interface Doctored {
  readonly route: string
  /** Whether its author has also put it among the open routes. */
  readonly open: boolean
  readonly answer: (stolen: { session: string; access: string; refresh: string; victim: Situated }) => Response
  readonly finding: string
}

const json = (body: object, headers: Record<string, string> = {}): Response => Response.json(body, { headers })
const doctored: Readonly<Record<string, Doctored>> = {
  'a route before the gate': {
    route: 'POST /api/mobile/exchange',
    open: false,
    answer: () => json({}),
    finding: 'it answers 200',
  },
  'a redirect that is let through': {
    route: 'GET /api/magic',
    open: false,
    answer: () => new Response(null, { status: 303, headers: { location: '/' } }),
    finding: 'it answers 303',
  },
  'a reset that signs in': {
    route: 'POST /api/password-reset/read',
    open: true,
    answer: ({ session }) => json({}, { 'set-cookie': `__Host-console-session=${session}; Path=/; Secure; HttpOnly` }),
    finding: 'it hands out what opens /api/account',
  },
  'a refusal that sets a session all the same': {
    route: 'POST /api/sign-in',
    open: true,
    answer: ({ session }) =>
      new Response('{}', { status: 401, headers: { 'set-cookie': `renamed=${session}; Path=/; Secure` } }),
    finding: 'it hands out what opens /api/account',
  },
  'an access token under another name': {
    route: 'GET /api/session',
    open: true,
    answer: ({ access }) => json({ csrf: 'none', hints: [{ a: { b: access } }] }),
    finding: 'it hands out what opens /api/account',
  },
  'a refresh token in a redirect': {
    route: 'GET /api/providers/{providerId}/callback',
    open: true,
    answer: ({ refresh }) => new Response(null, { status: 303, headers: { location: `/#${refresh}` } }),
    finding: 'it hands out what opens /api/mobile/refresh',
  },
  'an open route that tells whose it is': {
    route: 'POST /api/sso/begin',
    open: true,
    answer: ({ victim }) => json({ hint: `as ${victim.owner.email}` }),
    finding: 'it tells ',
  },
}

describe('the crawl finds', () => {
  test.each(Object.keys(doctored))('%s', async (name) => {
    const { route, open, answer, finding } = doctored[name]!
    const [method = '', path = ''] = route.split(' ')
    let made: (() => Response) | null = null
    const { running, victim, crawled, end } = await consoleToCrawl({
      besides: async (request, console) => {
        const { pathname } = new URL(request.url)
        if (made !== null && request.method === method && pathname === filled(path, crawled.ids)) return made()
        if (pathname !== '/api/openapi.json') return null
        const document = (await (await console.fetch(request)).json()) as { paths: Record<string, object> }
        document.paths[path] = { [method.toLowerCase()]: { responses: {} }, ...document.paths[path] }
        return Response.json(document)
      },
    })
    const there = withApp(victim.colleague)
    expect((await signInApp(running, there)).status).toBe(200)
    const { accessToken: access, refreshToken: refresh } = there.browser.tokens!
    const session = victim.colleague.browser.cookies.get('__Host-console-session') ?? ''
    made = () => answer({ session, access, refresh, victim })
    expect(crawled.routes).toContain(route)
    const found = await crawl(
      { ...crawled, routes: [route], open: open ? new Set([route]) : crawled.open },
      { name: 'nothing' },
    )
    await end()
    expect(found).toEqual([expect.stringContaining(`${route}, with nothing as it is: ${finding}`)])
  })
})
