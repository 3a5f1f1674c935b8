import { z } from '@hono/zod-openapi'
import { challengeBody, challengeSchema } from 'sallyport/http'
import type { Confirmation } from './confirmation.ts'

export const contactSchema = z.enum(['email', 'phone'])

export const confirmationSchema = z
  .strictObject({ contact: contactSchema, challenge: challengeSchema })
  .openapi('Confirmation')

export function confirmationBody({ contact, challenge }: Confirmation, now: number) {
  return { contact, challenge: challengeBody(challenge, now) }
}
