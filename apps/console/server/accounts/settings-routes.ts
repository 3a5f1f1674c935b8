import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Sallyport } from 'sallyport'
import { body, invalidRequest, json, problems, refusedAction, secondsUntil } from 'sallyport/http'
import type { ConsoleEnv } from '../protection/environment.ts'
import { problem } from '../protection/problem.ts'
import { demandFrom } from '../protection/step-up.ts'
import { forgetAccount } from '../sessions/cookie.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { changeEmail, changePhone } from './change-contact.ts'
import type { ContactChangeParts } from './change-contact.ts'
import { contactLimit } from './contact-limit.ts'
import { clearConfirmation, readConfirmation, writeConfirmation } from './confirmation-cookie.ts'
import { confirmationBody, confirmationSchema, contactSchema } from './confirmation-schema.ts'
import { deleteAccount, teamThatNeeds } from './delete-account.ts'
import type { DeletionParts } from './delete-account.ts'
import { parseEmailAddress } from './email-address.ts'
import { parsePhoneNumber } from './phone-number.ts'

const readRoute = createRoute({
  method: 'get',
  path: '/account',
  summary: 'The contacts of the signed-in account, and the changes that are yet to be confirmed',
  responses: {
    200: json(
      z
        .strictObject({
          email: z.string(),
          phone: z.strictObject({ number: z.string(), confirmed: z.boolean() }).nullable(),
          changes: z.array(
            z.strictObject({ contact: contactSchema, to: z.string(), expiresInSeconds: z.int().min(0) }),
          ),
        })
        .openapi('Account'),
      'As it is now',
    ),
    ...problems,
  },
})

const begun = json(confirmationSchema, 'Nothing has changed yet: a code was sent there, and the owner was told')

const emailRoute = createRoute({
  method: 'post',
  path: '/account/email',
  summary: 'Ask for another e-mail address; it is confirmed under /api/confirmation',
  request: body(z.strictObject({ email: z.string().max(320) })),
  responses: { 202: begun, ...problems },
})

const phoneRoute = createRoute({
  method: 'post',
  path: '/account/phone',
  summary: 'Ask for another phone number; it is confirmed under /api/confirmation',
  request: body(
    z.strictObject({
      phone: z.string().max(64).meta({ description: 'Any national or international writing' }),
      country: z.string().length(2).meta({ description: 'ISO 3166-1 alpha-2: how a number without + is read' }),
    }),
  ),
  responses: { 202: begun, ...problems },
})

const cancelRoute = createRoute({
  method: 'post',
  path: '/account/changes/cancel',
  summary: 'Keep the e-mail address or phone number that the account has',
  request: body(z.strictObject({ contact: contactSchema })),
  responses: { 204: { description: 'Nothing is pending any more' }, ...problems },
})

const deleteRoute = createRoute({
  method: 'post',
  path: '/account/delete',
  summary: 'Delete the account and everything in it',
  request: body(
    z.strictObject({ email: z.string().max(320).meta({ description: 'The account’s address, typed to be sure' }) }),
  ),
  responses: { 204: { description: 'Deleted, and signed out everywhere' }, ...problems },
})

interface Parts extends ContactChangeParts, DeletionParts {
  readonly mfa: Sallyport
  readonly sessions: Sessions
  /** False when this deployment can't send text messages. */
  readonly textMessages: boolean
  /** The countries whose numbers it sends to; left out, all. */
  readonly smsCountries?: readonly string[] | undefined
}

export function settingsRoutes(parts: Parts): OpenAPIHono<ConsoleEnv> {
  const app = new OpenAPIHono<ConsoleEnv>({ defaultHook: invalidRequest })
  const { mfa, contactChanges } = parts

  app.openapi(readRoute, async (c) => {
    const account = c.get('session')?.account
    if (account === undefined) return problem(c, 'not_signed_in')
    const changes = (await contactChanges.list(account.id)).map(({ contact, value, expires_at: expiresAt }) => ({
      contact,
      to: value,
      expiresInSeconds: secondsUntil(expiresAt, mfa.clock()),
    }))
    const phone =
      account.phone === null ? null : { number: account.phone, confirmed: account.phone_confirmed_at !== null }
    return c.json({ email: account.email, phone, changes }, 200)
  })

  app.openapi(emailRoute, async (c) => {
    const session = c.get('session')
    if (session === null) return problem(c, 'not_signed_in')
    // By another address, whoever has left the organisation would be out of its reach and still in its team.
    if (session.firstFactor === 'sso') return problem(c, 'account_managed')
    const email = parseEmailAddress(c.req.valid('json').email)
    const unusable = (code: string, message: string) =>
      problem(c, 'fields_invalid', { errors: [{ field: 'email', code, message }] })
    if (email === null) return unusable('email_malformed', 'Enter an e-mail address such as ada@example.com.')
    if (email.address === session.account.email) return unusable('email_same', 'This is the address you have.')
    const limit = await contactLimit(c, mfa, session.account.id, 'email')
    if (limit !== null) return limit
    const demand = { ...demandFrom(c, parts), resource: { email: email.address } }
    const step = await mfa.actions.require('email.change', demand, c.get('client'))
    if (step.status !== 'granted') return refusedAction(c, step, mfa.clock())
    const { key, confirmation } = await changeEmail(parts, step.grant, session, c.get('client'))
    writeConfirmation(c, key)
    return c.json(confirmationBody(confirmation, mfa.clock()), 202)
  })

  app.openapi(phoneRoute, async (c) => {
    const session = c.get('session')
    if (session === null) return problem(c, 'not_signed_in')
    if (!parts.textMessages) return problem(c, 'method_unavailable')
    const { phone, country } = c.req.valid('json')
    const number = parsePhoneNumber(phone, country, parts.smsCountries)
    const unusable = (code: string, message: string) =>
      problem(c, 'fields_invalid', { errors: [{ field: 'phone', code, message }] })
    if (!number.ok) return unusable('phone_unusable', number.message)
    if (number.e164 === session.account.phone) return unusable('phone_same', 'This is the number you have.')
    const limit = await contactLimit(c, mfa, session.account.id, 'sms')
    if (limit !== null) return limit
    const demand = { ...demandFrom(c, parts), resource: { phone: number.e164 } }
    const step = await mfa.actions.require('phone.change', demand, c.get('client'))
    if (step.status !== 'granted') return refusedAction(c, step, mfa.clock())
    const { key, confirmation } = await changePhone(parts, step.grant, session, c.get('client'))
    writeConfirmation(c, key)
    return c.json(confirmationBody(confirmation, mfa.clock()), 202)
  })

  app.openapi(cancelRoute, async (c) => {
    const session = c.get('session')
    if (session === null) return problem(c, 'not_signed_in')
    const challengeId = await contactChanges.cancel(session.account.id, c.req.valid('json').contact)
    const key = readConfirmation(c)
    if (challengeId !== null && key?.id === challengeId) {
      await mfa.challenges.cancel(key, c.get('client'))
      clearConfirmation(c)
    }
    return c.body(null, 204)
  })

  app.openapi(deleteRoute, async (c) => {
    const session = c.get('session')
    if (session === null) return problem(c, 'not_signed_in')
    const { id, email } = session.account
    if (parseEmailAddress(c.req.valid('json').email)?.key !== session.account.email_key) {
      const message = 'This is not the address of this account.'
      return problem(c, 'fields_invalid', { errors: [{ field: 'email', code: 'email_mismatch', message }] })
    }
    const needs = (team: string) => problem(c, 'last_owner', { detail: `Only you own the team ${team}.` })
    const team = await teamThatNeeds(parts.database, id)
    if (team !== null) return needs(team)
    const demand = { ...demandFrom(c, parts), resource: { account: { id, name: email } } }
    const step = await mfa.actions.require('account.delete', demand, c.get('client'))
    if (step.status !== 'granted') return refusedAction(c, step, mfa.clock())
    const deleted = await deleteAccount(parts, step.grant, session, c.get('client'))
    if (!deleted.ok) return deleted.reason === 'last_owner' ? needs(deleted.team) : problem(c, 'not_signed_in')
    forgetAccount(c)
    return c.body(null, 204)
  })

  return app
}
