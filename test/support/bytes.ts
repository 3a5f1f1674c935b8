import type { Answer } from './visitor.ts'

/** What an answer is made of, without what differs from one request to the next whatever is asked. */
export function bytesOf({ status, headers, text }: Answer): unknown {
  const kept = [...headers].filter(([name]) => !['date', 'set-cookie', 'keep-alive', 'connection'].includes(name))
  return { status, text, headers: kept }
}
