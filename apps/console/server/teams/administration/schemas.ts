import { z } from '@hono/zod-openapi'
import { id } from '../../protection/id.ts'
import { role } from '../schemas.ts'
import { floors, teamPolicies } from './policy.ts'

const instant = z.iso.datetime()

export const policySchema = z
  .strictObject({
    who: z.enum(teamPolicies),
    from: instant
      .nullable()
      .meta({ description: 'Until then it may be postponed, a year from now at most; null is at once' }),
    atLeast: z.enum(floors).nullable().meta({
      description:
        'The weakest method that counts, `security_key` being phishing-resistant; null for any. E-mail never counts for owners and admins',
    }),
  })
  .openapi('TeamPolicy')

export const domainSchema = z
  .strictObject({
    domain: z.string(),
    record: z
      .strictObject({ name: z.string(), value: z.string() })
      .meta({ description: 'The TXT record that shows that the domain is the team’s' }),
    verifiedAt: instant.nullable(),
  })
  .openapi('TeamDomain')

export const securitySchema = z
  .strictObject({
    policy: policySchema,
    domains: z.array(domainSchema),
    sso: z.strictObject({ issuer: z.string(), clientId: z.string(), trusted: z.boolean(), on: z.boolean() }).nullable(),
    redirectUri: z
      .string()
      .meta({ description: 'Where the identity provider has to send people back to; of this team alone' }),
  })
  .openapi('TeamSecurity')

export const domainBody = z.strictObject({ domain: z.string().max(253) })

export const ssoBody = z.strictObject({
  issuer: z.string().max(255),
  clientId: z.string().min(1).max(255),
  clientSecret: z
    .string()
    .min(1)
    .max(1000)
    .nullable()
    .meta({ description: 'Never given out again. Null keeps the one that is there, for the same issuer and client' }),
  trusted: z.boolean().meta({ description: 'Whether what the provider says about its second factor is believed' }),
  on: z.boolean(),
})

export const peopleSchema = z
  .strictObject({
    people: z.array(
      z.strictObject({
        accountId: id,
        email: z.string(),
        role,
        managed: z.boolean().meta({ description: 'Whether the address is in a verified domain of the team' }),
        mfa: z.enum(['on', 'off', 'sso']),
        standing: z
          .strictObject({ status: z.enum(['free', 'postponed', 'required']), from: instant.nullable() })
          .meta({ description: 'By the rule of this team' }),
        meetsRule: z.boolean(),
        methods: z
          .array(z.strictObject({ method: z.string(), lastUsedAt: instant.nullable() }))
          .nullable()
          .meta({ description: 'Of managed people only' }),
        lockedUntil: instant.nullable().meta({ description: 'Of managed people only' }),
      }),
    ),
    next: id.nullable().meta({ description: 'What to give as `after` for those that follow; null at the end' }),
  })
  .openapi('TeamPeople')

export const after = z.object({ after: id.optional() })

export const reasonBody = z.strictObject({
  reason: z.string().max(1000).meta({ description: '1 to 200 visible characters, for the audit log' }),
})

export const domainInPath = z.object({ teamId: id, domain: z.string().max(253) })
