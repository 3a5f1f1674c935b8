import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { actions, limitTable } from 'sallyport'
import { describe, expect, test } from 'vitest'
import { mailsPerDay, mailsPerHour } from '../../apps/console/server/accounts/password-reset.ts'
import { goodForMinutes } from '../../apps/console/server/accounts/reset-mail.ts'
import { keyLimit } from '../../apps/console/server/api-keys/api-keys.ts'
import { apiScopes } from '../../apps/console/server/api-keys/scopes.ts'
import { readConfig } from '../../apps/console/server/config.ts'
import { openRoutes } from '../../apps/console/server/protection/gate.ts'
import { freshSignInMs } from '../../apps/console/server/sessions/own-check.ts'
import { passwordCheckMs, wrongPasswordLimit } from '../../apps/console/server/sessions/password-checks.ts'
import { lifetimes } from '../../apps/console/server/sessions/sessions.ts'
import { consoleActions } from '../../apps/console/server/teams/actions.ts'
import { goodForDays } from '../../apps/console/server/teams/invitation-mail.ts'
import { accessTokenSeconds } from '../../apps/console/server/tokens/access-token.ts'
import { wellKnown } from '../../apps/console/server/well-known.ts'
import { testConsole } from '../support/quiet-console.ts'
import { column, read, root, tableOf } from './documents.ts'

const rows = tableOf('docs/console.md', 'Environment')
const routes = tableOf('docs/console.md', 'Routes')

/** What production requires. */
const whole = {
  NODE_ENV: 'production',
  SALLYPORT_ORIGIN: 'https://console.example',
  SALLYPORT_KEYS: 'key',
  SALLYPORT_SMTP_URL: 'smtps://mail.example',
  SALLYPORT_MAIL_FROM: 'console@console.example',
}

describe('the page of the console', () => {
  test('has every variable that the console reads, and no other', () => {
    const source = read('apps/console/server/config.ts')
    const named = [...source.matchAll(/'((?:SALLYPORT_|LOG_)[A-Z_]+|NODE_ENV|HOST|PORT)'/g)].map(([, name]) => name)
    expect(new Set(column(rows, 0))).toEqual(new Set(named))
  })

  test('names what production requires: without any one of them it does not start', () => {
    const required = rows.filter(([, production]) => production === 'required').map(([name = '']) => name)
    expect(new Set(Object.keys(whole))).toEqual(new Set(required))
    expect(readConfig(whole).development).toBe(false)
    for (const name of required)
      expect(() => readConfig({ ...whole, [name]: '' }), name).toThrow(/required|together|NODE_ENV/)
  })

  test('gives the pause before the end that is in force', () => {
    const [, usual] = rows.find(([name]) => name === 'SALLYPORT_DRAIN_SECONDS') ?? []
    expect(usual).toBe(String(readConfig(whole).drainSeconds))
  })

  test('has every page, and no other', () => {
    const source = read('apps/console/web/app.tsx')
    const [, needed = ''] = /secondFactorNeeded = '([^']+)'/.exec(read('apps/console/web/frame/destination.ts')) ?? []
    const pages = [...source.replace('[secondFactorNeeded]', `'${needed}'`).matchAll(/^ {2}'(\/[\w/-]*)': \w+,$/gm)]
    const ofTeam = [...source.matchAll(/^ {2}(?:''|(\w+)): \w+,$/gm)].map(([, place]) => (place ? `/${place}` : ''))
    expect(ofTeam).toContain('')
    const paths = [...pages.map(([, path = '']) => path), ...ofTeam.map((place) => `/teams/{teamId}${place}`)]
    expect(column(tableOf('docs/console.md', 'Pages'), 0).toSorted()).toEqual(paths.toSorted())
  })

  test('has every route of the OpenAPI document that is not Sallyport’s own, and no other', async () => {
    const { app, remove } = await testConsole()
    const answer = await app.fetch(new Request('http://localhost:3000/api/openapi.json'))
    const { paths } = (await answer.json()) as { readonly paths: Readonly<Record<string, object>> }
    await remove()
    const declared = Object.entries(paths)
      .filter(([path]) => !path.startsWith('/api/mfa/'))
      .flatMap(([path, operations]) => Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`))
    expect(column(routes, 0).toSorted()).toEqual(declared.toSorted())
  })

  test('says what each route needs: nothing, a session, or a key with a scope that there is', () => {
    for (const [route = '', needs = ''] of routes) {
      const [, scope] = /^key, `([\w:]+)/.exec(needs) ?? []
      expect([route, needs === 'nothing']).toEqual([route, openRoutes.has(route)])
      expect([route, scope !== undefined]).toEqual([route, route.includes(' /api/v1/')])
      if (scope !== undefined) expect(Object.keys(apiScopes)).toContain(scope)
    }
  })

  test('names every action that the server asks for, and no other', () => {
    const named = column(routes, 1).flatMap((needs) => /^session, `([\w.]+)/.exec(needs)?.[1] ?? [])
    const server = join(root, 'apps/console/server')
    const sources = readdirSync(server, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !/\.test\.ts$|^dev\b/.test(file))
      .map((file) => read(`apps/console/server/${file}`))
    const asked = sources.flatMap((source) =>
      [...source.matchAll(/actions\.require\(\s*'([\w.]+)'/g)].map(([, name]) => name),
    )
    expect(new Set(named)).toEqual(new Set(asked))
    expect(named.filter((name) => !(name in actions) && !(name in consoleActions))).toEqual([])
  })

  test('has every address that browsers look at outside of the API, and no other', () => {
    const described = [...read('docs/console.md').matchAll(/^\| `(GET \/\.well-known\/[\w-]+)` \|/gm)]
    expect(described.map(([, route]) => route)).toEqual(wellKnown)
  })

  test('gives the numbers that are in force', () => {
    const [check, invite] = ['POST /api/password-check', 'POST /api/teams/{teamId}/invitations'].map(
      (wanted) => routes.find(([route]) => route === wanted)?.[2],
    )
    expect(check).toContain(`within ${passwordCheckMs / 60_000} minutes`)
    expect([wrongPasswordLimit, check]).toEqual([5, expect.stringContaining('the fifth in a row ends the session')])
    expect(invite).toContain(`good for ${goodForDays} days`)
    expect(read('docs/errors.md')).toContain(`The account has ${keyLimit} API keys.`)
  })

  test('gives the times of links, tokens and fresh sign-ins that are in force', () => {
    const reset = routes.find(([route]) => route === 'POST /api/password-reset')?.[2]
    expect(reset).toContain(`good for ${goodForMinutes} minutes`)
    expect(reset).toContain(`at most ${mailsPerHour} in an hour and ${mailsPerDay} in a day`)
    const dayMs = 86_400_000
    const { idleMs, absoluteMs } = lifetimes.tokens
    expect(tableOf('docs/console.md', 'Ways in').map(([token, time]) => [token, time])).toEqual([
      ['challenge token', `the challenge, ${limitTable.challengeLifetimeSeconds.standard / 60} minutes`],
      ['access token', `${accessTokenSeconds / 60} minutes`],
      ['refresh token', `once; ${idleMs / dayMs} days unused, ${absoluteMs / dayMs} days in all`],
    ])
    expect(read('docs/console.md').replaceAll(/\s+/g, ' ')).toContain(
      `within the last ${freshSignInMs / 60_000} minutes`,
    )
  })
})
