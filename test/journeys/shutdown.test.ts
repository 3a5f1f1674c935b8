import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { hash } from '@node-rs/argon2'
import pg from 'pg'
import { authenticator } from 'sallyport/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseEmailAddress } from '../../apps/console/server/accounts/email-address.ts'
import { newAddress } from '../support/address.ts'
import { BalancedVisitor, type ConsoleProcesses, startProcesses } from '../support/console-process.ts'

const password = 'correct horse of two stables'

describe('a process of the console that is asked to end', () => {
  let processes: ConsoleProcesses
  beforeAll(async () => {
    processes = await startProcesses(1)
  }, 240_000)
  afterAll(() => processes?.stop())

  async function person(): Promise<string> {
    const email = parseEmailAddress(newAddress())!
    const passwordHash = await hash(password, { memoryCost: 8, timeCost: 1, parallelism: 1 })
    const id = await processes.accounts.create({ email, phone: null, passwordHash })
    await processes.accounts.confirmEmail(id, email.address)
    return email.address
  }

  test('O5 · is not ready first and lets everyone in; asked again, nobody new, answers what was asked before, and ends well', async () => {
    const place = await processes.another(300)
    for (const path of ['/healthz', '/readyz']) expect(await (await fetch(place + path)).text()).toBe('{"status":"ok"}')
    const idle = open(place)
    await once(idle, 'connect')
    const ended = processes.end(place)
    while ((await fetch(`${place}/readyz`)).status !== 503);
    // A load balancer that has not asked yet still sends people here.
    const asking = await signingIn(place, await person())
    void processes.end(place)
    await refused(place)
    asking.finish()
    const answer = await asking.answer
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(answer).toMatch(/\r\nconnection: close\r\n/i)
    expect(answer).toContain('"status":"tokens"')
    expect(await ended).toBe(0)
    idle.destroy()
  })

  test('O5 · leaves what it could not tell an owner to the next one', async () => {
    const [place = ''] = processes.places
    const email = await person()
    processes.smtp.mode = 'refuse'
    await turnOnMfa(place, email)
    expect(await processes.end(place)).toBe(0)
    const about = (text: string): boolean => text.includes('second factor') || text.includes('Two-step')
    expect(processes.smtp.inbox.all.filter(({ to, text }) => to.includes(email) && about(text))).toEqual([])
    processes.smtp.mode = 'accept'
    // As if the pause before another try were over.
    const waiting = await query(processes.databaseUrl, `UPDATE sallyport_notice SET due_at = 0 RETURNING channel`)
    expect(waiting).toContainEqual({ channel: 'email' })
    await processes.another()
    const mail = await processes.smtp.inbox.take(({ to }) => to.includes(email))
    expect(mail.subject).toMatch(/two-step|second factor/i)
  })
})

async function turnOnMfa(place: string, email: string): Promise<void> {
  const browser = new BalancedVisitor(place)
  expect((await browser.post('/api/sign-in', { email, password })).status).toBe(200)
  expect((await browser.post('/api/password-check', { password })).status).toBe(204)
  const { enrollmentId, challenge, setup } = (await browser.post('/api/mfa/methods', { method: 'totp' })).body
  const answer = authenticator(setup.secret).codeAt(Date.now())
  const path = `/api/mfa/methods/${enrollmentId}/confirm`
  const done = await browser.post(path, { challengeId: challenge.id, answer })
  expect(done.status, done.text).toBe(200)
}

/** An app’s sign-in that has arrived, but for the end of its body. */
async function signingIn(place: string, email: string) {
  const body = JSON.stringify({ email, password })
  const socket = open(place)
  let answer = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk))
  const head = [
    'POST /api/mobile/sign-in HTTP/1.1',
    'Host: console.example',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    // So that it can be told when the head of the request has arrived.
    'Expect: 100-continue',
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, 10)}`)
  while (!answer.includes('100 Continue')) await once(socket, 'data')
  answer = ''
  return {
    finish: () => void socket.write(body.slice(10)),
    answer: once(socket, 'close').then(() => answer),
  }
}

function open(place: string): Socket {
  const { hostname, port } = new URL(place)
  return connect(Number(port), hostname)
}

/** Until nobody listens there any more. */
async function refused(place: string): Promise<void> {
  for (;;) {
    const socket = open(place)
    const isRefused = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(false)).once('error', () => resolve(true))
    })
    socket.destroy()
    if (isRefused) return
  }
}

async function query(connectionString: string, statement: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  const { rows } = await client.query(statement)
  await client.end()
  return rows
}
