import { z } from '@hono/zod-openapi'
import { auditEvents, browserOf } from 'sallyport'
import type { AuditEntry } from 'sallyport'
import { id } from '../protection/id.ts'

export const outcomes = ['ok', 'refused', 'failed'] as const satisfies readonly AuditEntry['outcome'][]

export const entrySchema = z
  .strictObject({
    id,
    at: z.iso.datetime(),
    event: z.enum(auditEvents),
    outcome: z.enum(outcomes),
    accountId: z.string().nullable(),
    email: z.string().nullable().meta({ description: 'The address that the account has now' }),
    action: z.string().nullable(),
    method: z.string().nullable(),
    ip: z.string(),
    browser: z.string().meta({ description: 'Browser and system, without versions', examples: ['Firefox on Linux'] }),
    traceId: z.string().nullable().meta({ description: 'That of the request, as the log of the console has it' }),
    detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  })
  .openapi('AuditEntry')

export const next = z
  .string()
  .nullable()
  .meta({ description: 'What to give as `before` for the older ones; null at the end' })

export const before = z.string().min(1).max(1024).optional()

/** Which browser it was takes longer to find out than all the rest, and a log has many entries of few. */
const browsersAtMost = 200

/** Makes entries of the log, as people read them, for one page or one export; `email` is that of the entry's account. */
export function entryBodies(): (entry: AuditEntry, email: string | null) => z.infer<typeof entrySchema> {
  const browsers = new Map<string, string>()

  function browserNamed(userAgent: string): string {
    const known = browsers.get(userAgent)
    if (known !== undefined) return known
    if (browsers.size >= browsersAtMost) browsers.clear()
    const browser = browserOf(userAgent)
    browsers.set(userAgent, browser)
    return browser
  }

  return (entry, email) => {
    const { at, event, outcome, accountId, action, method, ip, userAgent, traceId, detail } = entry
    const browser = browserNamed(userAgent)
    const when = new Date(at).toISOString()
    return { id: entry.id, at: when, event, outcome, accountId, email, action, method, ip, browser, traceId, detail }
  }
}
