import { base32Decode } from '../crypto/base32.ts'
import { hotp } from '../methods/totp.ts'

/**
 * An authenticator app: from the base32 secret or the `otpauth://` URI that setting up TOTP shows, the code at a time in
 * milliseconds since the epoch.
 */
export function authenticator(secretOrUri: string): { codeAt(now: number): string } {
  const secret = secretOrUri.startsWith('otpauth:') ? new URL(secretOrUri).searchParams.get('secret') : secretOrUri
  const key = base32Decode(secret ?? '')
  return { codeAt: (now) => hotp(key, Math.floor(now / 30_000), 6) }
}
