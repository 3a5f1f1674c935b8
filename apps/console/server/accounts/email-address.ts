import { parseDomainName } from './domain-name.ts'

export interface EmailAddress {
  /** Where messages go: as written, the domain in ASCII. */
  readonly address: string
  /** Equal for two spellings of one address. */
  readonly key: string
}

/** RFC 5321 section 4.5.3.1: 64 octets before the @, 254 in all. */
const localLimit = 64
const addressLimit = 254

/**
 * Only ASCII before the @: a letter that merely looks like, or lower-cases to, an ASCII one would make another
 * person's mailbox count as the same address. Quoted local parts are refused.
 */
const localPart = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/

/** Null when `text` is no address that mail can be sent to. */
export function parseEmailAddress(text: string): EmailAddress | null {
  const written = text.trim()
  if (written.length > addressLimit) return null
  const at = written.lastIndexOf('@')
  const local = written.slice(0, at)
  const domain = parseDomainName(written.slice(at + 1))
  if (at < 1 || local.length > localLimit || !localPart.test(local) || domain === null) return null
  const address = `${local}@${domain}`
  if (address.length > addressLimit) return null
  return { address, key: address.toLowerCase() }
}

/** `m***@e***.com`, as in Sallyport's challenges: a fixed number of stars, so that not even a length is told. */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf('@')
  const domain = address.slice(at + 1)
  return `${address.charAt(0)}***@${domain.charAt(0)}***${domain.slice(domain.lastIndexOf('.'))}`
}
