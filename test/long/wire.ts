import { connect } from 'node:net'
import { performance } from 'node:perf_hooks'

export interface WireAnswer {
  readonly status: number
  /** By their names in lower case; of those sent several times the last. */
  readonly headers: ReadonlyMap<string, string>
  readonly setCookies: readonly string[]
  readonly text: string
  /** From the first byte that was sent to the last that came. */
  readonly ms: number
}

export interface WireRequest {
  readonly method: string
  readonly path: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer
}

/**
 * A request as it is, with whatever no client would send, on a connection of its own. Null when the server has hung up without
 * an answer, or has not answered after `patienceMs`.
 */
export function sendRaw(origin: string, sent: WireRequest, patienceMs: number): Promise<WireAnswer | null> {
  const head = [
    `${sent.method} ${sent.path} HTTP/1.1`,
    ...sent.headers.map(([name, value]) => `${name}: ${value}`),
    'connection: close',
    '',
    '',
  ].join('\r\n')
  const begun = performance.now()
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const socket = connect(Number(new URL(origin).port), '127.0.0.1')
    const end = (): void => {
      socket.destroy()
      resolve(answerIn(Buffer.concat(chunks), performance.now() - begun))
    }
    socket.setTimeout(patienceMs, () => {
      chunks.length = 0
      end()
    })
    socket.on('data', (chunk) => chunks.push(chunk))
    // A server that refuses a request before all of it has come resets the connection, maybe after its answer.
    socket.on('close', end).on('error', () => undefined)
    socket.write(Buffer.concat([bytesOf(head), sent.body]))
  })
}

/** Every character that fits into a byte is that byte. */
function bytesOf(head: string): Buffer {
  const fits = Array.from(head).every((character) => character.charCodeAt(0) < 256)
  return Buffer.from(head, fits ? 'latin1' : 'utf8')
}

function answerIn(bytes: Buffer, ms: number): WireAnswer | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return null
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? 0)
  const rest = bytes.subarray(end + 4)
  if (status >= 100 && status < 200) return answerIn(rest, ms)
  const pairs = lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  const headers = new Map(pairs)
  const text = (headers.get('transfer-encoding') === 'chunked' ? unchunked(rest) : rest).toString()
  return {
    status,
    headers,
    setCookies: pairs.filter(([name]) => name === 'set-cookie').map(([, value]) => value),
    text,
    ms,
  }
}

function unchunked(bytes: Buffer): Buffer {
  const chunks: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const line = bytes.indexOf('\r\n', at)
    const size = Number.parseInt(bytes.subarray(at, line).toString(), 16)
    if (line < 0 || !(size > 0)) break
    chunks.push(bytes.subarray(line + 2, line + 2 + size))
    at = line + 2 + size + 2
  }
  return Buffer.concat(chunks)
}
