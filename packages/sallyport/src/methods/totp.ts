import { createHmac } from 'node:crypto'
import { type Method, type MethodFactory, type Verdict, strengths } from '../contract/method.ts'
import { base32Decode, base32Encode } from '../crypto/base32.ts'
import { equal } from '../crypto/compare.ts'
import { readDigits } from './one-time-code.ts'

const stepMs = 30_000
const codeDigits = 6
/** RFC 4226 section 4, R6 recommends 160 bits, the output size of SHA-1. */
const secretBytes = 20

export interface TotpSetup {
  /** `otpauth://totp/…`, for a QR code. */
  readonly uri: string
  /** The same secret in base32, for typing in by hand. */
  readonly secret: string
}

/**
 * Time-based one-time passwords from an authenticator app: RFC 6238 with SHA-1, 6 digits and 30-second steps, which is
 * what every app understands. Accepts the current step and the ones just before it (`totpPastSteps`), never a later one,
 * and never a step at or below the last accepted.
 */
export function totp(): MethodFactory<TotpSetup> {
  return (settings): Method<TotpSetup> => ({
    kind: 'totp',
    label: 'Authenticator app',
    strength: strengths.totp,
    amr: ['otp'],
    perAccount: 5,
    backup: false,
    promptSeconds: null,
    digits: 6,
    enroll({ account, random }) {
      const secret = base32Encode(random(secretBytes))
      return { secret, hint: '', setup: { uri: keyUri(settings.app.name, account.label, secret), secret } }
    },
    check(context, enrollment, _state, answer) {
      const typed = readDigits(answer, codeDigits)
      if (typed === null) return { ok: false, reason: 'malformed' }
      const newest = Math.floor(context.now / stepMs)
      const oldest = Math.max(newest - settings.totpPastSteps, enrollment.lastCounter + 1, 0)
      return judge(base32Decode(enrollment.secret), typed, oldest, newest)
    },
  })
}

/** RFC 4226 section 5.3: the HOTP value of `counter`, truncated to `digits` decimal digits (6 to 9). */
export function hotp(key: Uint8Array, counter: number, digits: number): string {
  const message = Buffer.alloc(8)
  message.writeBigUInt64BE(BigInt(counter))
  const mac = createHmac('sha1', key).update(message).digest()
  const offset = mac.readUInt8(mac.length - 1) & 0x0f
  const binary = mac.readUInt32BE(offset) & 0x7fffffff
  return String(binary % 10 ** digits).padStart(digits, '0')
}

/** Every candidate is compared, so that the time taken does not tell which step an answer was near. */
function judge(key: Uint8Array, typed: string, oldest: number, newest: number): Verdict {
  let matched: number | null = null
  for (let step = oldest; step <= newest; step += 1) {
    if (equal(hotp(key, step, codeDigits), typed)) matched = step
  }
  return matched === null ? { ok: false, reason: 'wrong' } : { ok: true, spend: { counter: matched } }
}

/** The Key URI Format: the label is `issuer:account`, and neither may hold a colon of its own. */
function keyUri(issuer: string, label: string, secret: string): string {
  const [app, account] = [uriName(issuer), uriName(label)]
  const parameters = `secret=${secret}&issuer=${app}&algorithm=SHA1&digits=${codeDigits}&period=${stepMs / 1000}`
  return `otpauth://totp/${app}:${account}?${parameters}`
}

function uriName(name: string): string {
  // A longer name makes a QR code that phones can't read; half of a surrogate pair can't be percent-encoded.
  const short = Array.from(name.replace(/:/g, ' ').replace(/\p{Cs}/gu, '\ufffd'))
    .slice(0, 64)
    .join('')
  return encodeURIComponent(short)
}
