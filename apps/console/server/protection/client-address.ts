import { BlockList, isIP, SocketAddress } from 'node:net'

/** The peers that are believed when they say for whom they pass a request on. */
export type TrustedProxies = Pick<BlockList, 'check'>

/** Reads addresses and networks such as `10.0.0.0/8` and `fd00::/8`; null when one of them is neither, or is everyone. */
export function trustedProxiesOf(entries: readonly string[]): TrustedProxies | null {
  const trusted = new BlockList()
  for (const entry of entries) {
    const [, address = '', bits] = /^([\da-fA-F:.]+)(?:\/([1-9]\d{0,2}))?$/.exec(entry) ?? []
    const family = familyOf(address)
    if (family === null || Number(bits ?? 0) > (family === 'ipv4' ? 32 : 128)) return null
    if (bits === undefined) trusted.addAddress(address, family)
    else trusted.addSubnet(address, Number(bits), family)
  }
  return trusted
}

/** A chain of proxies is short. What stands further to the left in a longer one was written by whoever sent it. */
const hopsAtMost = 32

/**
 * Who is asking: the peer of the socket, unless that is a trusted proxy. Each proxy adds to the right of `X-Forwarded-For` whom
 * it was asked by, so from the right on, every hop that a trusted one has written is true, up to the first that is not itself
 * trusted: that is the client, and what stands before it is its own word. A hop that is no address ends the way too: then the
 * last trusted one is all that is known.
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | undefined,
  trusted: TrustedProxies,
): string {
  let client = addressIn(peer ?? '')
  if (client === null) return ''
  for (const hop of forwardedFor?.split(',').slice(-hopsAtMost).reverse() ?? []) {
    if (!isTrusted(client, trusted)) return client
    const before = addressIn(withoutPort(hop.trim()))
    if (before === null) return client
    client = before
  }
  return client
}

function isTrusted(address: string, trusted: TrustedProxies): boolean {
  const family = familyOf(address)
  return family !== null && trusted.check(address, family)
}

/** `203.0.113.7:4711`, `[2001:db8::7]` and `[2001:db8::7]:4711`, as some proxies write them. */
function withoutPort(hop: string): string {
  const [, four, six] = /^(?:([\d.]+):\d{1,5}|\[([^\]]*)\](?::\d{1,5})?)$/.exec(hop) ?? []
  return four ?? six ?? hop
}

/** In the one form that an address is kept in, so that each has one count: IPv4 is IPv4 also on a socket that takes both. */
function addressIn(text: string): string | null {
  const family = familyOf(text)
  if (family === null) return null
  return new SocketAddress({ address: text, family }).address.replace(/^::ffff:(?=\d+\.)/, '')
}

function familyOf(address: string): 'ipv4' | 'ipv6' | null {
  const version = isIP(address)
  return version === 0 ? null : version === 4 ? 'ipv4' : 'ipv6'
}
