import { openRoutes } from '../../apps/console/server/protection/gate.ts'
import { wellKnown } from '../../apps/console/server/well-known.ts'
import { runConsole, type RunningConsole, type RunOptions } from './console.ts'
import type { Crawled } from './crawl.ts'
import { testProvider } from './oidc.ts'
import { type Situated, situated } from './sensitive.ts'
import { accountIdOf } from './tables.ts'
import { Visitor } from './visitor.ts'

const pages = ['GET /', 'GET /sign-in', 'GET /account', 'GET /security', 'GET /teams', 'GET /reset-password']
/** Nowhere in the document: development's, and what an older version or a debugger might have left. */
const elsewhereStill = ['GET /api/dev/outbox', 'GET /api/dev', 'GET /api/v1', 'GET /api/mobile', 'POST /api/v1/sign-in']
export interface CrawledConsole {
  readonly running: RunningConsole
  readonly victim: Situated
  readonly crawled: Crawled
  end(): Promise<void>
}

/** Every route that stands in the OpenAPI document. */
export async function documented(origin: string): Promise<readonly string[]> {
  const { paths } = (await new Visitor(origin).get('/api/openapi.json')).body
  return Object.entries<object>(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
}

/** A console, someone in it with MFA on and all that an account can have, and what is to be crawled. */
export async function consoleToCrawl(options: RunOptions = {}): Promise<CrawledConsole> {
  const provider = await testProvider()
  const running = await runConsole({ ...options, providers: [provider.provider] })
  await provider.serve(running.origin)
  const victim = await situated(running)
  const accountId = await accountIdOf(running, victim.owner.email)
  const crawled: Crawled = {
    origin: running.origin,
    routes: [...(await documented(running.origin)), ...elsewhereStill, ...pages, ...wellKnown],
    open: new Set([...openRoutes, ...pages, ...wellKnown]),
    ids: {
      enrollmentId: victim.app.enrollmentId,
      keyId: victim.keyId,
      teamId: victim.teamId,
      accountId: victim.colleagueId,
      invitationId: victim.invitationId,
      providerId: provider.provider.id,
      domain: 'example.org',
    },
    secrets: [
      victim.owner.email,
      victim.owner.phone,
      victim.colleague.email,
      accountId,
      victim.teamId,
      victim.keyId,
      'prod-ci',
      'Observatory',
    ],
    // Who has the link was sent it, to the address that was invited.
    tells: new Set(['POST /api/invitations/read']),
  }
  const end = async (): Promise<void> => {
    await running.close()
    await provider.close()
  }
  return { running, victim, crawled, end }
}
