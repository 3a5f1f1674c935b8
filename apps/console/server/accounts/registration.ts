import type { Client, Sallyport } from 'sallyport'
import type { FieldError } from 'sallyport/http'
import type { Accounts } from './accounts.ts'
import { beginConfirming } from './confirmation.ts'
import type { ConfirmationKey } from './confirmation-cookie.ts'
import { parseEmailAddress } from './email-address.ts'
import type { EmailAddress } from './email-address.ts'
import { passwordWeakness, wordsOf } from './password-strength.ts'
import type { Passwords } from './passwords.ts'
import { parsePhoneNumber } from './phone-number.ts'

export interface RegistrationForm {
  readonly email: string
  /** Empty when the person gives none. */
  readonly phone: string
  /** ISO 3166-1 alpha-2: how a number without + is read. */
  readonly country: string
  readonly password: string
}

export interface RegistrationParts {
  readonly mfa: Sallyport
  readonly accounts: Accounts
  readonly passwords: Passwords
  /** The countries whose numbers this deployment sends to; left out, all. */
  readonly smsCountries?: readonly string[] | undefined
}

export type Registered =
  | { readonly ok: true; readonly key: ConfirmationKey }
  | { readonly ok: false; readonly errors: readonly FieldError[] }

/**
 * Stores the account and sends a code to its address. An address that already belongs to somebody gets the same work and
 * the same answer, but its owner gets a message instead of a code, and what was stored can never be confirmed (THREATS
 * EO-02).
 */
export async function register(parts: RegistrationParts, form: RegistrationForm, client: Client): Promise<Registered> {
  const checked = check(form, parts.smsCountries)
  if (!checked.ok) return checked
  const { email, phone } = checked
  const passwordHash = await parts.passwords.hash(form.password)
  const owner = await parts.accounts.findByEmail(email.key)
  const accountId = await parts.accounts.create({ email, phone, passwordHash })
  const contact = { accountId, method: 'email', destination: email.address, decoy: owner !== null } as const
  return { ok: true, key: (await beginConfirming(parts.mfa, contact, client)).key }
}

type Checked =
  | { readonly ok: true; readonly email: EmailAddress; readonly phone: string | null }
  | { readonly ok: false; readonly errors: readonly FieldError[] }

/** Every field that can't be used is named at once. */
function check(form: RegistrationForm, smsCountries: RegistrationParts['smsCountries']): Checked {
  const errors: FieldError[] = []
  const email = parseEmailAddress(form.email)
  if (email === null) {
    errors.push({
      field: 'email',
      code: 'email_malformed',
      message: 'Enter an e-mail address such as ada@example.com.',
    })
  }
  const number = form.phone.trim() === '' ? null : parsePhoneNumber(form.phone, form.country, smsCountries)
  if (number?.ok === false) errors.push({ field: 'phone', code: 'phone_unusable', message: number.message })
  const weakness = passwordWeakness(form.password, wordsOf(form.email))
  if (weakness !== null) errors.push({ field: 'password', code: 'password_weak', message: weakness })
  if (email === null || errors.length > 0) return { ok: false, errors }
  return { ok: true, email, phone: number?.ok ? number.e164 : null }
}
