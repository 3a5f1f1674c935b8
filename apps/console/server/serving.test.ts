import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Connections } from '../../../test/support/connections.ts'
import { serving } from './serving.ts'
import type { Serving } from './serving.ts'

let server: Server
let served: Serving
let connections: Connections
/** Requests that have arrived and wait for their answers. */
let arrived: ServerResponse[]
beforeEach(async () => {
  arrived = []
  server = createServer({ keepAliveTimeout: 60_000 }, (_, response) => {
    arrived.push(response)
    server.emit('arrived')
  })
  served = serving(server)
  connections = new Connections(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterEach(() => {
  connections.destroy()
  server.close()
})

const open = (): Socket => connect((server.address() as AddressInfo).port, '127.0.0.1')

/** A connection on which something was asked and not answered yet. */
async function asking(): Promise<Socket> {
  const socket = open()
  socket.write('GET / HTTP/1.1\r\nHost: console.example\r\n\r\n')
  await once(server, 'arrived')
  return socket
}

const never = new AbortController().signal

test('O5 what was asked before is answered, the connection closes with the answer, and nobody else gets one', async () => {
  const socket = await asking()
  const address = server.address() as AddressInfo
  const stopped = served.stop(never)
  const refused = connect(address.port, '127.0.0.1')
  expect(await once(refused, 'error')).toMatchObject([{ code: 'ECONNREFUSED' }])
  arrived[0]!.end('done')
  const answer = await text(socket)
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  expect(answer).toMatch(/\r\nConnection: close\r\n/i)
  expect(answer).toMatch(/done/)
  await stopped
})

test('O5 connections on which nothing is asked hold nothing up, nor one whose answer has begun', async () => {
  const silent = open()
  const idle = await asking()
  arrived[0]!.end('done')
  await once(idle, 'data')
  const begun = await asking()
  arrived[1]!.write('first half')
  await connections.reach(3)
  const stopped = served.stop(never)
  arrived[1]!.end(', second half')
  expect(await text(begun)).toMatch(/first half[^]*second half/)
  await stopped
  expect(connections.count).toBe(0)
  silent.destroy()
})

test('O5 what is asked over a connection that is still open gets its answer as the last one', async () => {
  const [first, second] = [await asking(), await asking()]
  const stopped = served.stop(never)
  arrived[0]!.end()
  second.write('GET /more HTTP/1.1\r\nHost: console.example\r\n\r\n')
  arrived[1]!.end('one answer')
  expect((await text(second)).match(/HTTP\/1\.1 200/g)).toHaveLength(1)
  first.destroy()
  await stopped
})

test('O5 what does not end in time is cut off', async () => {
  const socket = await asking()
  const deadline = new AbortController()
  const stopped = served.stop(deadline.signal)
  const ended = once(socket, 'close')
  deadline.abort()
  await stopped
  await ended
  expect([connections.count, arrived.map((response) => response.destroyed)]).toEqual([0, [true]])
  const late = createServer()
  const stoppedLate = serving(late)
  await once(late.listen(0, '127.0.0.1'), 'listening')
  await stoppedLate.stop(AbortSignal.abort())
})
