import { BlockList, isIP } from 'node:net'

/** Who chose an address that the console is to fetch from: whoever runs it, or an administrator of a team in it. */
export type ChosenBy = 'operator' | 'team'

const loopbackNames: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * Whether the console may talk to this address on behalf of a sign-in. https only; plain http only on this machine, and
 * only for a console that is itself reached there. What a team chose must not be the address of a host inside the network
 * either. A name may still resolve to one: nothing there answers with a certificate for that name, and nothing is sent
 * before it has.
 */
export function isReachable(address: string, { origin, by }: { readonly origin: string; readonly by: ChosenBy }) {
  const url = URL.canParse(address) ? new URL(address) : null
  if (url === null || url.username !== '' || url.password !== '') return false
  const isLocal = URL.canParse(origin) && loopbackNames.has(new URL(origin).hostname)
  if (isLocal && loopbackNames.has(url.hostname)) return url.protocol === 'https:' || url.protocol === 'http:'
  if (url.protocol !== 'https:') return false
  return by === 'operator' || !isInside(url.hostname)
}

/** An issuer is such an address without a query or fragment (OpenID Connect Discovery 1.0 section 3). */
export function isUsableIssuer(issuer: string, rules: { readonly origin: string; readonly by: ChosenBy }): boolean {
  return isReachable(issuer, rules) && !/[?#\s]/.test(issuer) && issuer.length <= 255
}

/** Reads those that whoever runs the console names, separated by commas; null when a team could not use one of them. */
export function parseIssuers(text: string, origin: string): readonly string[] | null {
  const issuers = text.split(',').map((issuer) => issuer.trim())
  return issuers.every((issuer) => isUsableIssuer(issuer, { origin, by: 'team' })) ? issuers : null
}

/** `hostname` as `URL` gives it: numbers in any spelling have become an address of the usual form by then. */
function isInside(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '')
  const version = isIP(address)
  if (version === 0) return /(?:^|\.)(?:localhost|local|internal)\.?$/.test(hostname) || !hostname.includes('.')
  return inside.check(address, version === 4 ? 'ipv4' : 'ipv6')
}

/** RFC 6890 and its successors: everything that is not the public internet. IPv4 within IPv6 is found too. */
const inside = new BlockList()
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  inside.addSubnet(network, bits, 'ipv4')
}
for (const [network, bits] of [
  ['::', 96],
  ['64:ff9b::', 96],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['64:ff9b:1::', 48],
  ['2001::', 32],
  ['ff00::', 8],
] as const) {
  inside.addSubnet(network, bits, 'ipv6')
}
