import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Sallyport } from 'sallyport'
import { invalidRequest, json, problems } from 'sallyport/http'
import type { ConsoleEnv } from '../protection/environment.ts'
import { problem } from '../protection/problem.ts'
import { before, entryBodies, entrySchema, next } from './entry.ts'

const pageSize = 20

const activityRoute = createRoute({
  method: 'get',
  path: '/account/activity',
  summary: 'What the audit log has of the signed-in account',
  request: { query: z.strictObject({ before }) },
  responses: {
    200: json(
      z.strictObject({ entries: z.array(entrySchema), next }).openapi('Activity'),
      `Newest first, ${pageSize} at a time`,
    ),
    ...problems,
  },
})

export function activityRoutes({ mfa }: { readonly mfa: Pick<Sallyport, 'audit'> }): OpenAPIHono<ConsoleEnv> {
  const app = new OpenAPIHono<ConsoleEnv>({ defaultHook: invalidRequest })

  app.openapi(activityRoute, async (c) => {
    const account = c.get('session')?.account
    if (account === undefined) return problem(c, 'not_signed_in')
    const what = { accounts: [account.id], before: c.req.valid('query').before, limit: pageSize }
    const page = await mfa.audit.read(what)
    const bodyOf = entryBodies()
    return c.json({ entries: page.entries.map((entry) => bodyOf(entry, account.email)), next: page.next }, 200)
  })

  return app
}
