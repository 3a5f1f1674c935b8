import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { body, invalidRequest, json, problems, refusedAnswer, refusedPrompt } from 'sallyport/http'
import type { ConsoleEnv } from '../protection/environment.ts'
import { problem } from '../protection/problem.ts'
import { clearConfirmation, readConfirmation, writeConfirmation } from './confirmation-cookie.ts'
import { confirmationBody, confirmationSchema } from './confirmation-schema.ts'
import { contactLimit } from './contact-limit.ts'
import { beginPhone, confirm, readConfirming, resend } from './confirmation.ts'
import type { Confirmation, ConfirmationParts } from './confirmation.ts'
import { register } from './registration.ts'
import type { RegistrationParts } from './registration.ts'

const nothing = z.strictObject({})

const registrationForm = z
  .strictObject({
    email: z.string().max(320),
    phone: z.string().max(64).meta({ description: 'Any national or international writing; empty for none' }),
    country: z.string().length(2).meta({ description: 'ISO 3166-1 alpha-2: how a number without + is read' }),
    password: z.string().max(1024).meta({ description: '8 to 256 characters, and not easy to guess' }),
  })
  .openapi('Registration')

const registerRoute = createRoute({
  method: 'post',
  path: '/registration',
  summary: 'Register an account; a code is sent to its address',
  request: body(registrationForm),
  responses: {
    202: json(z.strictObject({ next: z.literal('email') }), 'The same for an address that already has an account'),
    ...problems,
  },
})

const readRoute = createRoute({
  method: 'get',
  path: '/confirmation',
  summary: 'What this browser is confirming',
  responses: { 200: json(confirmationSchema, 'The address or number that a code is awaited for'), ...problems },
})

const promptRoute = createRoute({
  method: 'post',
  path: '/confirmation/prompt',
  summary: 'Send the code again',
  request: body(nothing),
  responses: { 200: json(confirmationSchema, 'Sent; the code before it stopped working'), ...problems },
})

const answerRoute = createRoute({
  method: 'post',
  path: '/confirmation/answer',
  summary: 'Confirm with the code; signs nobody in',
  request: body(
    z.strictObject({
      answer: z.string().min(1).max(256),
      challengeId: z.string().max(64).optional().meta({
        description: 'The challenge that the page shows; refused when the browser is confirming something else by now',
      }),
    }),
  ),
  responses: { 200: json(z.strictObject({ next: z.enum(['phone', 'done']) }), 'Confirmed'), ...problems },
})

const skipRoute = createRoute({
  method: 'post',
  path: '/confirmation/skip',
  summary: 'Leave the phone number unconfirmed for now, and keep the one that was to be replaced',
  request: body(nothing),
  responses: { 200: json(z.strictObject({ next: z.literal('done') }), 'Skipped'), ...problems },
})

const phoneRoute = createRoute({
  method: 'post',
  path: '/account/phone/confirmation',
  summary: 'Send a code to the number of the signed-in account',
  request: body(nothing),
  responses: { 200: json(confirmationSchema, 'Sent, or to be sent once the pause is over'), ...problems },
})

export function accountRoutes(parts: RegistrationParts & ConfirmationParts): OpenAPIHono<ConsoleEnv> {
  const app = new OpenAPIHono<ConsoleEnv>({ defaultHook: invalidRequest })
  const { clock, challenges } = parts.mfa
  const shown = (confirmation: Confirmation) => confirmationBody(confirmation, clock())

  app.openapi(registerRoute, async (c) => {
    const registered = await register(parts, c.req.valid('json'), c.get('client'))
    if (!registered.ok) return problem(c, 'fields_invalid', { errors: registered.errors })
    writeConfirmation(c, registered.key)
    return c.json({ next: 'email' as const }, 202)
  })

  app.openapi(readRoute, async (c) => {
    const key = readConfirmation(c)
    const confirming = key && (await readConfirming(parts, key))
    return confirming === null ? problem(c, 'challenge_not_found') : c.json(shown(confirming), 200)
  })

  app.openapi(promptRoute, async (c) => {
    const key = readConfirmation(c)
    if (key === null) return problem(c, 'challenge_not_found')
    const prompted = await resend(parts, key, c.get('client'))
    if (!prompted.ok) return refusedPrompt(c, prompted, clock())
    return c.json(shown({ contact: key.contact, challenge: prompted.challenge }), 200)
  })

  app.openapi(answerRoute, async (c) => {
    const key = readConfirmation(c)
    if (key === null) return problem(c, 'challenge_not_found')
    const { answer, challengeId = key.id } = c.req.valid('json')
    if (challengeId !== key.id) return problem(c, 'confirmation_changed')
    const confirmed = await confirm(parts, key, answer, c.get('client'))
    if (!confirmed.ok) {
      return confirmed.reason === 'taken' ? problem(c, 'contact_taken') : refusedAnswer(c, confirmed, clock())
    }
    if (confirmed.next === null) clearConfirmation(c)
    else writeConfirmation(c, confirmed.next)
    return c.json({ next: confirmed.next === null ? ('done' as const) : ('phone' as const) }, 200)
  })

  app.openapi(skipRoute, async (c) => {
    const key = readConfirmation(c)
    const confirming = key && (await readConfirming(parts, key))
    // Without its address an account is none, so only the number can be left for later.
    if (confirming?.contact === 'email') return problem(c, 'method_not_allowed')
    if (key !== null && confirming !== null) {
      await parts.contactChanges.drop(key.id)
      await challenges.cancel(key, c.get('client'))
    }
    clearConfirmation(c)
    return c.json({ next: 'done' as const }, 200)
  })

  app.openapi(phoneRoute, async (c) => {
    const account = c.get('session')?.account
    if (account === undefined) return problem(c, 'not_signed_in')
    const limit = await contactLimit(c, parts.mfa, account.id, 'sms')
    if (limit !== null) return limit
    const key = await beginPhone(parts, account, c.get('client'))
    const confirming = key && (await readConfirming(parts, key))
    if (key === null || confirming === null) return problem(c, 'method_unavailable')
    writeConfirmation(c, key)
    return c.json(shown(confirming), 200)
  })

  return app
}
