import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { AuditFilter, Grant } from 'sallyport'
import { body, invalidRequest, json, problems, refusedAction } from 'sallyport/http'
import type { Problem } from 'sallyport/http'
import { createQueue } from '../../accounts/queue.ts'
import { before, entryBodies, entrySchema, next, outcomes } from '../../audit/entry.ts'
import { ndjson } from '../../audit/ndjson.ts'
import type { ConsoleEnv } from '../../protection/environment.ts'
import { id } from '../../protection/id.ts'
import { problem } from '../../protection/problem.ts'
import { demandFrom } from '../../protection/step-up.ts'
import type { Sessions } from '../../sessions/sessions.ts'
import type { ConsoleMfa } from '../actions.ts'
import type { TeamRules } from '../rules.ts'
import { inTeam } from '../schemas.ts'
import type { Teams } from '../teams.ts'
import { asAdministrator } from './as-administrator.ts'
import { instant } from './instant.ts'
import type { Addressee, People } from './people.ts'

interface Parts {
  readonly mfa: ConsoleMfa
  readonly sessions: Sessions
  readonly teams: Teams
  readonly rules: Pick<TeamRules, 'ssoOfAnother'>
  readonly people: People
  readonly onFault: (error: unknown) => void
}

const pageSize = 50

/** A page of a large team is many small statements: however many ask, so many pages are read at once, and so many wait. */
const reading = { atOnce: 2, waiting: 30 }

const moment = z.iso.datetime({ error: 'Give a moment such as 2027-01-31T12:00:00Z.' })

/** What the log is narrowed to. */
const filter = {
  person: z
    .string()
    .regex(/^[\w-]{1,64}$/, { error: 'Give the id of an account.' })
    .optional()
    .meta({ description: 'The account id of one of the team’s managed people' }),
  action: z
    .string()
    .regex(/^[a-z_.]{1,64}$/, { error: 'Give the name of an action, such as login.' })
    .optional(),
  outcome: z.enum(outcomes, { error: `Give one of ${outcomes.join(', ')}.` }).optional(),
  from: moment.optional().meta({ description: 'From this moment on' }),
  to: moment.optional().meta({ description: 'Before this moment' }),
}

type Wanted = z.infer<z.ZodObject<typeof filter>>

const isInOrder = ({ from, to }: Wanted): boolean =>
  from === undefined || to === undefined || Date.parse(from) < Date.parse(to)
const order = { path: ['to'], error: 'The end has to be after the beginning.' }

const readRoute = createRoute({
  method: 'get',
  path: '/teams/{teamId}/audit',
  summary: 'What the audit log has of the team’s managed people (owners and admins)',
  request: { params: inTeam, query: z.strictObject({ ...filter, before }).refine(isInOrder, order) },
  responses: {
    200: json(
      z
        .strictObject({
          entries: z.array(entrySchema),
          next,
          people: z
            .array(z.strictObject({ accountId: id, email: z.string() }))
            .nullable()
            .meta({ description: 'Whose entries there can be; null with `before`: the first page has said it' }),
          actions: z.array(z.string()).nullable().meta({ description: 'Every action there is; null with `before`' }),
        })
        .openapi('TeamAudit'),
      `Newest first, ${pageSize} at a time; with a filter there may be fewer, and still older ones`,
    ),
    ...problems,
  },
})

const exportRoute = createRoute({
  method: 'post',
  path: '/teams/{teamId}/audit/export',
  summary: 'Export the audit log of the team’s managed people (audit.export, owners and admins)',
  request: { params: inTeam, ...body(z.strictObject(filter).refine(isInOrder, order)) },
  responses: {
    200: {
      description: 'Newest first, one entry a line',
      content: { 'application/x-ndjson': { schema: z.string() } },
    },
    ...problems,
  },
})

export function auditRoutes(parts: Parts): OpenAPIHono<ConsoleEnv> {
  const app = new OpenAPIHono<ConsoleEnv>({ defaultHook: invalidRequest })
  const { mfa, people, onFault } = parts
  const queue = createQueue(reading)

  app.openapi(readRoute, (c) =>
    asAdministrator(parts, c, c.req.valid('param').teamId, async (team) => {
      const page = await queue.run(() => pageOf(team.id, c.req.valid('query')))
      return page === null ? problem(c, 'member_not_found') : c.json(page, 200)
    }),
  )

  async function pageOf(
    teamId: string,
    { before: from, ...wanted }: Wanted & { readonly before?: string | undefined },
  ) {
    const isFirst = from === undefined
    // Only the first page has all people in it; for a later one of one person, that one is enough.
    const managed = isFirst ? await people.allManaged(teamId) : await managedIn(teamId, wanted)
    const read = readable(managed, wanted)
    if (read === null) return null
    const page = await mfa.audit.read({ ...read.filter, before: from, limit: pageSize })
    const bodyOf = entryBodies()
    return {
      entries: page.entries.map((entry) => bodyOf(entry, read.emailOf(entry.accountId))),
      next: page.next,
      people: isFirst ? managed.map(({ accountId, email }) => ({ accountId, email })) : null,
      actions: isFirst ? [...mfa.actions.table.keys()].toSorted() : null,
    }
  }

  /** Whose entries these can be: of everyone, or of the person that they are narrowed to. */
  async function managedIn(teamId: string, { person }: Wanted): Promise<readonly Addressee[]> {
    if (person === undefined) return await people.allManaged(teamId)
    const found = await people.findManaged(teamId, person)
    return found === null ? [] : [found]
  }

  app.openapi(exportRoute, (c) =>
    asAdministrator(parts, c, c.req.valid('param').teamId, async (team) => {
      const wanted = c.req.valid('json')
      if (readable(await managedIn(team.id, wanted), wanted) === null) return problem(c, 'member_not_found')
      const demand = {
        ...demandFrom(c, parts),
        resource: { team: { id: team.id, name: team.name } },
        parameters: wanted,
        detail: { team: team.id, ...said(wanted) },
      }
      const step = await mfa.actions.require('audit.export', demand, c.get('client'))
      if (step.status !== 'granted') return refusedAction(c, step, mfa.clock())
      const lines = await linesOf(step.grant)
      if (lines === null) return problem(c, 'member_not_found')
      const name = `audit-${team.id}-${instant(mfa.clock()).slice(0, 10)}.ndjson`
      return attachment(name, ReadableStream.from(ndjson(lines)))
    }),
  )

  /** What the grant is for. Null when whom it names is none of the team's managed people any more. */
  async function linesOf(grant: Grant<'audit.export', Wanted>): Promise<AsyncIterable<object> | null> {
    const { resource, parameters } = grant.redeem('audit.export')
    const read = readable(await managedIn(resource['team'] ?? '', parameters), parameters)
    if (read === null) return null
    const { emailOf } = read
    const bodyOf = entryBodies()
    const entries = mfa.audit.export(read.filter)
    return (async function* () {
      try {
        for await (const entry of entries) yield bodyOf(entry, emailOf(entry.accountId))
      } catch (error) {
        onFault(error)
        throw error
      }
    })()
  }

  return app
}

/** The part of the log that an administrator of the team may read; null when it is narrowed to anyone else. */
function readable(
  managed: readonly Addressee[],
  { person, action, outcome, from, to }: Wanted,
): { readonly filter: AuditFilter; readonly emailOf: (accountId: string | null) => string | null } | null {
  const whom = person === undefined ? managed : managed.filter(({ accountId }) => accountId === person)
  if (person !== undefined && whom.length === 0) return null
  const emails = new Map(whom.map(({ accountId, email }) => [accountId, email]))
  const time = (text: string | undefined): number | undefined => (text === undefined ? undefined : Date.parse(text))
  return {
    filter: { accounts: [...emails.keys()], action, outcome, from: time(from), to: time(to) },
    emailOf: (accountId) => (accountId === null ? null : (emails.get(accountId) ?? null)),
  }
}

/** What the log is narrowed to, without what it is not. */
function said(wanted: Wanted): Readonly<Record<string, string>> {
  const entries = Object.entries(wanted).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return Object.fromEntries(entries)
}

/** A file to be saved, made as it is taken. A fault on the way cuts it off, so that a part of it can't be taken for the whole. */
function attachment(name: string, content: ReadableStream<Uint8Array>): Problem {
  const headers = { 'content-type': 'application/x-ndjson', 'content-disposition': `attachment; filename="${name}"` }
  return new Response(content, { headers }) as Problem
}
