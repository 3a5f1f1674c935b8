/** What a browser makes of the credential it got (`PublicKeyCredential.toJSON()`, WebAuthn section 5.1), as far as it counts. */
interface Credential {
  readonly id: string
  readonly rawId: string
  readonly type: 'public-key'
  readonly clientExtensionResults: Record<string, never>
}

export interface Registration extends Credential {
  readonly response: {
    readonly clientDataJSON: string
    readonly attestationObject: string
    readonly transports: readonly string[]
  }
}

export interface Assertion extends Credential {
  readonly response: {
    readonly clientDataJSON: string
    readonly authenticatorData: string
    readonly signature: string
    readonly userHandle: string | null
  }
}

type Fields = Readonly<Record<string, unknown>>

/** WebAuthn section 4: a credential id has at most 1,023 bytes. */
const longestId = Math.ceil((1023 * 4) / 3)
const longest = 16_384
/** WebAuthn section 5.8.4, as far as a browser does something with them. */
const transports = ['usb', 'nfc', 'ble', 'smart-card', 'hybrid', 'internal']

export function readRegistration(answer: string): Registration | null {
  const read = readCredential(answer)
  if (read === null) return null
  const { response, ...credential } = read
  const [clientDataJSON, attestationObject] = [
    base64url(response, 'clientDataJSON'),
    base64url(response, 'attestationObject'),
  ]
  if (clientDataJSON === null || attestationObject === null) return null
  const given = response['transports'] ?? []
  if (!Array.isArray(given)) return null
  return {
    ...credential,
    response: { clientDataJSON, attestationObject, transports: transports.filter((each) => given.includes(each)) },
  }
}

export function readAssertion(answer: string): Assertion | null {
  const read = readCredential(answer)
  if (read === null) return null
  const { response, ...credential } = read
  const clientDataJSON = base64url(response, 'clientDataJSON')
  const authenticatorData = base64url(response, 'authenticatorData')
  const signature = base64url(response, 'signature')
  const has = response['userHandle'] !== undefined && response['userHandle'] !== null
  const userHandle = has ? base64url(response, 'userHandle') : null
  if (clientDataJSON === null || authenticatorData === null || signature === null) return null
  if (has && userHandle === null) return null
  return { ...credential, response: { clientDataJSON, authenticatorData, signature, userHandle } }
}

/**
 * What was signed in: neither in a frame of another origin nor with anything that claims to be. Browsers let neither happen
 * unless a page allows it, and ours doesn't (WebAuthn section 7.2 steps 12 and 13).
 */
export function isFramed(clientDataJSON: string): boolean {
  const data = fields(parsed(Buffer.from(clientDataJSON, 'base64url').toString('utf8')))
  if (data === null) return true
  const { crossOrigin = false, topOrigin } = data
  return crossOrigin !== false || topOrigin !== undefined
}

function readCredential(answer: string): (Credential & { readonly response: Fields }) | null {
  const given = fields(parsed(answer))
  const response = fields(given?.['response'])
  if (given === null || response === null) return null
  const id = base64url(given, 'id')
  if (id === null || id.length > longestId || given['rawId'] !== id || given['type'] !== 'public-key') return null
  return { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}

function fields(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null
}

function base64url(from: Fields, name: string): string | null {
  const value = Object.hasOwn(from, name) ? from[name] : null
  return typeof value === 'string' && value.length <= longest && /^[\w-]+$/.test(value) ? value : null
}
