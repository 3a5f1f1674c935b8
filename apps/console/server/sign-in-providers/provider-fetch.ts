import type { CustomFetch } from 'openid-client'
import { isReachable } from './issuer.ts'
import type { ChosenBy } from './issuer.ts'

/** The provider did not answer, or not in a way that anything can be made of. */
export class ProviderUnreachable extends Error {
  override readonly name = 'ProviderUnreachable'
}

export function isUnreachable(error: unknown, depth = 4): boolean {
  if (error instanceof ProviderUnreachable) return true
  return depth > 0 && error instanceof Error && isUnreachable(error.cause, depth - 1)
}

export const fetchTimeoutMs = 5000
const largest = 256 * 1024

/**
 * What talks to a provider: never to an address that its metadata had no business to name, never along a redirect, not for
 * longer than 5 seconds, and never reading more than 256 kB.
 */
export function providerFetch(
  rules: { readonly origin: string; readonly by: ChosenBy },
  deadline: (milliseconds: number) => AbortSignal,
): CustomFetch {
  return async (url, options) => {
    if (!isReachable(url, rules)) throw new ProviderUnreachable('an address that is not allowed')
    try {
      const response = await fetch(url, {
        ...options,
        redirect: 'manual',
        signal: deadline(fetchTimeoutMs),
      } as RequestInit)
      if (response.status >= 500) throw new ProviderUnreachable('the provider is broken')
      const text = await bounded(response)
      const type = response.headers.get('content-type')
      return new Response(text === '' ? null : text, {
        status: response.status,
        headers: type === null ? {} : { 'content-type': type },
      })
    } catch (cause) {
      throw new ProviderUnreachable('the provider did not answer', { cause })
    }
  }
}

async function bounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    // Leaving the loop cancels the rest.
    if (size > largest) throw new ProviderUnreachable('the answer is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
