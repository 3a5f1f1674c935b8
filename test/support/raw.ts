import { request } from 'node:http'
import { connect } from 'node:net'
import type { Visitor } from './visitor.ts'

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

export interface RawRequest {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Uint8Array
  /** Another address of the loopback network to come from, for example `127.0.0.7`. */
  readonly from?: string
  /** Leaves the length out, so that the body goes in chunks. */
  readonly chunked?: boolean
}

/** A request with any header at all, which `fetch` does not allow. Takes an answer that comes before the body is sent. */
export function rawRequest(origin: string, sent: RawRequest): Promise<RawAnswer> {
  const { method = 'GET', path, headers = {}, body = '', from, chunked = false } = sent
  return new Promise((resolve, reject) => {
    const length = method === 'GET' || chunked ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const { port } = new URL(origin)
    const options = {
      host: '127.0.0.1',
      port,
      method,
      path,
      agent: false,
      ...(from === undefined ? {} : { localAddress: from }),
    }
    const going = request({ ...options, headers: { ...length, ...headers } as Record<string, string> }, (response) => {
      const chunks: Buffer[] = []
      const done = (): void =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() })
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', done).on('error', done)
    })
    going.on('error', reject)
    going.end(body)
  })
}

/** The headers that a page of the console would send with an unsafe request of this visitor. */
export async function pageHeaders(visitor: Visitor): Promise<Record<string, string>> {
  const { csrf } = (await visitor.session()).body
  return {
    cookie: [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    origin: visitor.origin,
    'sec-fetch-site': 'same-origin',
    'content-type': 'application/json',
    'x-csrf-token': csrf,
    'user-agent': 'Visitor/1.0',
  }
}

/** Bytes as they are, for what no client would send; everything that came back until the server hung up. */
export function rawBytes(origin: string, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(origin).port), '127.0.0.1', () => socket.end(bytes))
    let text = ''
    socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk))
    socket.on('close', () => resolve(text)).on('error', reject)
  })
}
