import { z } from '@hono/zod-openapi'
import { errorCodes } from '../contract/errors.ts'
import type { MethodsView } from '../engine/enrollments.ts'
import type { ChallengeView } from '../engine/view.ts'

export const id = z.string().regex(/^[\w-]{1,64}$/)
const seconds = z.int().min(0)

export const choiceSchema = z
  .strictObject({
    enrollmentId: id,
    method: z.string().meta({ example: 'totp' }),
    name: z.string(),
    hint: z.string().meta({ example: 'm***@e***.com' }),
    primary: z.boolean(),
    sends: z.boolean().meta({ description: 'Whether a code is sent before this method can be answered' }),
    digits: z.int().nullable().meta({ description: 'How many digits the code has; null where it is no plain number' }),
  })
  .openapi('Choice')

export const challengeSchema = z
  .strictObject({
    id,
    action: z.string().meta({ example: 'login' }),
    purpose: z.string().meta({ description: 'Completes the sentence "Confirm it’s you to …"' }),
    expiresInSeconds: seconds,
    attemptsLeft: z.int().min(0),
    lockedForSeconds: seconds.meta({ description: '0 when the account is not locked' }),
    methods: z.array(choiceSchema).meta({ description: 'Primary first, recovery codes last' }),
    repeats: z
      .array(z.string())
      .meta({ description: 'Kinds of methods that may not answer: they would only repeat what was shown already' }),
    active: id.nullable().meta({ description: 'The enrollment to ask for now' }),
    code: z
      .strictObject({
        enrollmentId: id,
        delivered: z.boolean(),
        expiresInSeconds: seconds,
        resendInSeconds: seconds,
      })
      .nullable(),
    devices: z
      .record(z.string(), z.strictObject({ asking: z.record(z.string(), z.unknown()), enrollmentIds: z.array(id) }))
      .meta({
        description:
          'By kind of method: `asking` is what the page passes to `navigator.credentials.get` as `publicKey` (`parseRequestOptionsFromJSON`), good for five minutes; `enrollmentIds` are those of its `allowCredentials`, in the same order',
      }),
    trustSeconds: seconds
      .nullable()
      .meta({ description: 'For how long this browser can be trusted once this is answered; null when it can’t be' }),
    refused: z
      .strictObject({ enrollmentId: id, reason: z.enum(['too_soon', 'limit', 'locked']), retryInSeconds: seconds })
      .nullable()
      .meta({ description: 'Why no code was sent when the challenge was opened, and when one can be' }),
  })
  .openapi('Challenge')

/** A challenge over HTTP: times are counted from the answer, so that the browser's clock does not matter. */
export function challengeBody(view: ChallengeView, now: number): z.infer<typeof challengeSchema> {
  const from = (time: number): number => Math.max(0, Math.ceil((time - now) / 1000))
  return {
    id: view.id,
    action: view.action,
    purpose: view.purpose,
    expiresInSeconds: from(view.expiresAt),
    attemptsLeft: view.attemptsLeft,
    lockedForSeconds: from(view.lockedUntil),
    methods: view.methods.map((choice) => ({ ...choice })),
    repeats: [...view.repeats],
    active: view.active,
    code: view.code && {
      enrollmentId: view.code.enrollmentId,
      delivered: view.code.delivered,
      expiresInSeconds: from(view.code.expiresAt),
      resendInSeconds: from(view.code.resendAt),
    },
    devices: Object.fromEntries(
      Object.entries(view.devices).map(([kind, { asking, enrollmentIds }]) => [
        kind,
        { asking: { ...asking }, enrollmentIds: [...enrollmentIds] },
      ]),
    ),
    trustSeconds: view.trustSeconds,
    refused: view.refused && {
      enrollmentId: view.refused.enrollmentId,
      reason: view.refused.reason,
      retryInSeconds: from(view.refused.retryAt),
    },
  }
}

const instant = z.iso.datetime()

export const methodsSchema = z
  .strictObject({
    enabledAt: instant.nullable().meta({ description: 'Since when the account has MFA on' }),
    methods: z.array(
      z.strictObject({
        enrollmentId: id,
        method: z.string(),
        name: z.string(),
        hint: z.string(),
        primary: z.boolean(),
        backup: z.boolean(),
        createdAt: instant,
        lastUsedAt: instant.nullable(),
        codesLeft: z.int().min(0).nullable(),
        disabled: z.boolean().meta({ description: 'Too many wrong answers in a row: to be removed and set up anew' }),
      }),
    ),
    accepted: z.record(z.string(), z.record(z.string(), z.unknown())).meta({
      description: 'By kind of method: what the page passes to `PublicKeyCredential.signalAllAcceptedCredentials`',
    }),
    available: z.array(
      z.strictObject({
        method: z.string(),
        label: z.string(),
        ready: z.boolean(),
        status: z.enum(['ready', 'no_contact', 'full', 'managed']),
      }),
    ),
  })
  .openapi('Methods')

export function methodsBody(view: MethodsView): z.infer<typeof methodsSchema> {
  const at = (time: number): string => new Date(time).toISOString()
  return {
    enabledAt: view.enabledAt === null ? null : at(view.enabledAt),
    methods: view.methods.map((method) => ({
      ...method,
      createdAt: at(method.createdAt),
      lastUsedAt: method.lastUsedAt === null ? null : at(method.lastUsedAt),
    })),
    accepted: Object.fromEntries(Object.entries(view.accepted).map(([kind, accepted]) => [kind, { ...accepted }])),
    available: view.available.map((method) => ({ ...method, ready: method.status === 'ready' })),
  }
}

export const problemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ examples: Object.keys(errorCodes).slice(0, 3) }),
    detail: z.string().optional(),
    errors: z.array(z.strictObject({ field: z.string(), code: z.string(), message: z.string() })).optional(),
    attemptsLeft: z.int().min(0).optional(),
    retryAfterSeconds: z.int().min(0).optional(),
    purpose: z
      .string()
      .optional()
      .meta({ description: 'With `own_check_required`: completes "Confirm it’s you to …"' }),
    challenge: challengeSchema.optional().meta({
      description: 'With `step_up_required`: to be answered under /step-up before the request is sent again',
    }),
  })
  .openapi('Problem')

/**
 * What a person typed, or what a device gave as JSON, in which a key's certificates have room. A string and nothing else, so a
 * number, a list or a wrapped operator never reaches a method.
 */
export const answerText = z
  .string()
  .min(1)
  .max(16_384)
  .meta({ description: 'The code; or, of a security key, `JSON.stringify(credential.toJSON())`' })

export const answerBody = z.strictObject({ enrollmentId: id, answer: answerText })

export function json<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, content: { 'application/json': { schema } } }
}

export function body<Schema extends z.ZodType>(schema: Schema) {
  return { body: { required: true, content: { 'application/json': { schema } } } }
}

/** Problem documents for the statuses a route can answer with besides its own. */
export const problems = {
  default: { description: 'A problem', content: { 'application/problem+json': { schema: problemSchema } } },
}
