import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { SallyportError } from '../../contract/errors.ts'

/** COSE algorithm identifiers: EdDSA (Ed25519), ES256, ES384, ES512, RS256. */
export type Algorithm = -8 | -7 | -35 | -36 | -257

export interface SecurityKeyOptions {
  /**
   * The domain that keys are for: the host of `app.origin`, or a domain above it. Default: that host. Changing it makes every
   * key useless. Another application below the same domain is offered these keys, and may tell browsers to forget them.
   */
  readonly rpId?: string
  /** Further origins of `rpId`'s domain, and below it, where keys are used; `app.origin` always is one. Default: none. */
  readonly origins?: readonly string[]
  /** Origins of other domains that use the same keys, as `/.well-known/webauthn` lists them (WebAuthn section 5.11). Default: none. */
  readonly relatedOrigins?: readonly string[]
  /** Whether a key must know its user by PIN or biometrics. Default `preferred`. */
  readonly userVerification?: 'required' | 'preferred' | 'discouraged'
  /**
   * What a key has to say about its make: nothing by default. With `enterprise` only these makes are taken, and only where a
   * chain of certificates leads from what the key says to one of `roots`.
   */
  readonly attestation?:
    | 'none'
    | 'indirect'
    | {
        readonly enterprise: {
          /** Lower case, for example `cb69481e-8ff7-4039-93ec-0a2729a154a8`; at least one. */
          readonly aaguids: readonly string[]
          /** Certificates of authorities in PEM; at least one. */
          readonly roots: readonly string[]
        }
      }
  /** What keys may sign with, the most welcome first. Default: -8 (EdDSA), -7 (ES256), -257 (RS256). */
  readonly algorithms?: readonly Algorithm[]
  /** How long the browser waits for the person: 15 to 300 seconds, 120 by default. */
  readonly timeoutSeconds?: number
}

/** What is in force, checked. */
export interface RelyingParty {
  readonly id: string
  readonly origins: readonly string[]
  readonly userVerification: 'required' | 'preferred' | 'discouraged'
  readonly attestation: 'none' | 'indirect' | 'enterprise'
  /** Null for any. */
  readonly aaguids: readonly string[] | null
  readonly roots: readonly string[]
  readonly algorithms: readonly Algorithm[]
  readonly timeoutMs: number
}

const known: readonly Algorithm[] = [-8, -7, -35, -36, -257]
const usual: readonly Algorithm[] = [-8, -7, -257]
const verifications = ['required', 'preferred', 'discouraged']
const aaguidForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Throws `option_invalid` where keys could not work, or would be for more than they should. */
export function relyingParty(options: SecurityKeyOptions, appOrigin: string): RelyingParty {
  const { hostname } = new URL(appOrigin)
  const {
    rpId: id = hostname,
    origins = [],
    relatedOrigins = [],
    userVerification = 'preferred',
    attestation = 'none',
    algorithms = usual,
    timeoutSeconds = 120,
  } = options
  const isDomain = id === 'localhost' || /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*$/.test(id)
  if (!isDomain || isIP(id) !== 0) refuse('rpId', 'must be a domain, in lower case, and no address')
  for (const origin of [appOrigin, ...origins]) {
    checkOrigin('origins', origin)
    if (!isWithin(new URL(origin).hostname, id)) refuse('rpId', `must be the host of ${origin}, or a domain above it`)
  }
  for (const origin of relatedOrigins) {
    checkOrigin('relatedOrigins', origin)
    if (isWithin(new URL(origin).hostname, id)) refuse('relatedOrigins', `${origin} belongs to origins`)
  }
  if (!verifications.includes(userVerification))
    refuse('userVerification', `must be one of ${verifications.join(', ')}`)
  if (algorithms.length === 0 || !algorithms.every((each) => known.includes(each))) {
    refuse('algorithms', `must be some of ${known.join(', ')}`)
  }
  if (!Number.isInteger(timeoutSeconds) || timeoutSeconds < 15 || timeoutSeconds > 300) {
    refuse('timeoutSeconds', 'must be a whole number from 15 to 300')
  }
  const party = {
    id,
    origins: [appOrigin, ...origins, ...relatedOrigins],
    userVerification,
    algorithms,
    timeoutMs: timeoutSeconds * 1000,
  }
  if (attestation === 'none' || attestation === 'indirect') return { ...party, attestation, aaguids: null, roots: [] }
  const { aaguids, roots } = attestation.enterprise
  if (aaguids.length === 0 || !aaguids.every((each) => aaguidForm.test(each))) {
    refuse('attestation.enterprise.aaguids', 'must be AAGUIDs, in lower case with hyphens')
  }
  if (roots.length === 0 || !roots.every(isCertificate)) {
    refuse('attestation.enterprise.roots', 'must be certificates in PEM: without one anybody could claim any make')
  }
  return { ...party, attestation: 'enterprise', aaguids, roots }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).ca
  } catch {
    return false
  }
}

function isWithin(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`)
}

function checkOrigin(option: string, origin: string): void {
  const url = URL.canParse(origin) ? new URL(origin) : null
  const isSafe = url?.protocol === 'https:' || url?.hostname === 'localhost'
  if (url === null || url.origin !== origin || !isSafe) {
    refuse(option, `${origin} must be an https origin without a path, such as https://app.example`)
  }
}

function refuse(option: string, why: string): never {
  throw new SallyportError('option_invalid', `security key, ${option}: ${why}`)
}
