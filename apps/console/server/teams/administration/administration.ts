import { OpenAPIHono } from '@hono/zod-openapi'
import type { Clock, Random } from 'sallyport'
import type { Accounts } from '../../accounts/accounts.ts'
import type { Database } from '../../database/tables.ts'
import type { ConsoleEnv } from '../../protection/environment.ts'
import type { Sessions } from '../../sessions/sessions.ts'
import type { Oidc } from '../../sign-in-providers/oidc.ts'
import type { ConsoleMfa } from '../actions.ts'
import type { Deadline } from '../../in-time.ts'
import type { TeamRules } from '../rules.ts'
import type { Teams } from '../teams.ts'
import { auditRoutes } from './audit-routes.ts'
import { createDomains } from './domains.ts'
import { peopleRoutes } from './people-routes.ts'
import { createPeople } from './people.ts'
import { createMfaPolicies } from './policy.ts'
import { securityRoutes } from './routes.ts'
import type { TeamSsoSettings } from './sso-settings.ts'
import { createTxtRecords } from './txt-records.ts'
import type { ResolveTxt } from './txt-records.ts'

/** What the owners and admins of a team see and set beyond who is in it. */
export function administrationRoutes(parts: {
  readonly database: Database
  readonly clock: Clock
  readonly random: Random
  readonly mfa: ConsoleMfa
  readonly sessions: Sessions
  readonly teams: Teams
  readonly rules: TeamRules
  readonly sso: TeamSsoSettings
  readonly accounts: Pick<Accounts, 'find'>
  readonly oidc: Pick<Oidc, 'isThere'>
  readonly onFault: (error: unknown) => void
  readonly textMessages: boolean
  readonly origin: string
  readonly resolveTxt: ResolveTxt | undefined
  readonly deadline: Deadline | undefined
}): OpenAPIHono<ConsoleEnv> {
  const app = new OpenAPIHono<ConsoleEnv>()
  const policies = createMfaPolicies(parts)
  const domains = createDomains(parts)
  const hasTxtRecord = createTxtRecords(parts)
  app.route('/', securityRoutes({ ...parts, policies, domains, hasTxtRecord }))
  const people = createPeople({ ...parts, administration: parts.mfa.administration })
  app.route('/', peopleRoutes({ ...parts, people }))
  app.route('/', auditRoutes({ ...parts, people }))
  return app
}
