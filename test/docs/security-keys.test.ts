import { runInNewContext } from 'node:vm'
import { securityKey } from 'sallyport/methods/security-key'
import { createAuthenticator, type CreationOptions, type RequestOptions } from 'sallyport/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { wellKnown } from '../../apps/console/server/well-known.ts'
import { person } from '../support/account.ts'
import { runConsole, type RunningConsole } from '../support/console.ts'
import { answer, confirmed, elsewhere, signIn } from '../support/person.ts'
import { Visitor } from '../support/visitor.ts'
import { column, membersOf, read, sectionOf, tableOf } from './documents.ts'

const page = 'docs/security-keys.md'
const source = 'packages/sallyport/src/methods/security-key'

describe('the page of security keys', () => {
  test('has every option, and no other', () => {
    const options = membersOf(`${source}/options.ts`, 'SecurityKeyOptions')
    expect(column(tableOf(page, 'Options'), 0)).toEqual(options)
  })

  test('gives the defaults that are in force, and every algorithm', () => {
    const settings = {
      app: { name: 'Acme', origin: 'https://app.example' },
      codeDigits: 6,
      codeLifetimeSeconds: 300,
      totpPastSteps: 1,
      recoveryCodes: 10,
    }
    const { device, strength, perAccount } = securityKey()(settings)
    const asking = device?.ask({ nonce: 'AAAA' }, [{ id: 'e', accountId: 'a', lastCounter: 0, secret: stored }])
    const enrollment = { id: 'e', accountId: 'a', lastCounter: -1, secret: '{"userHandle":"AAAA"}' }
    const account = { id: 'a', label: 'Ada', confirmedEmail: null, confirmedPhone: null }
    const setup = device?.register({ nonce: 'AAAA', account }, enrollment, []) as unknown as CreationOptions
    const defaults = Object.fromEntries(tableOf(page, 'Options').map(([option, value]) => [option, value]))
    expect(defaults).toMatchObject({
      userVerification: asking?.['userVerification'],
      attestation: setup.attestation,
      algorithms: setup.pubKeyCredParams.map(({ alg }) => alg).join(', '),
      timeoutSeconds: String(Number(asking?.['timeout']) / 1000),
    })
    const [, known = ''] = /export type Algorithm = (.*)/.exec(read(`${source}/options.ts`)) ?? []
    const about = tableOf(page, 'Options').find(([option]) => option === 'algorithms')?.[2]
    for (const algorithm of known.split(' | ')) expect(about).toContain(`(${algorithm})`)
    expect(read(page)).toContain(`up to ${perAccount} keys`)
    expect(sectionOf(page, 'What counts as two factors')).toContain(`[strength](methods.md#methods) ${strength},`)
  })

  test('has every address that the console serves, and no other', () => {
    const described = column(tableOf(page, 'Well-known addresses'), 0).map((address) => `GET ${address}`)
    expect(described).toEqual(wellKnown)
  })
})

describe('the code of a page', () => {
  let running: RunningConsole
  beforeAll(async () => {
    running = await runConsole()
  })
  afterAll(() => running.close())

  test('sets a key up, answers a challenge with it, and signs in by it', async () => {
    const owner = await person(running)
    const key = createAuthenticator({ origin: running.origin })
    const begun = (await confirmed(running, owner, 'POST', '/api/mfa/methods', { method: 'security_key' })).body
    const inPage = pageWith(key, owner.browser)
    const set = await owner.browser.post(`/api/mfa/methods/${begun.enrollmentId}/confirm`, await inPage.setUp(begun))
    expect(set.body).toMatchObject({ enabled: true })

    running.clock.advance(1000)
    const there = elsewhere(owner)
    const { enrollmentId, answer: given } = await inPage.answerTo((await signIn(there)).body.challenge)
    expect((await answer(there.browser, enrollmentId, given)).body).toEqual({ status: 'signed_in' })
    const visitor = new Visitor(running.origin)
    expect(await pageWith(key, visitor).signInByPasskey('conditional')).toEqual({ status: 'signed_in' })
  })
})

const stored = JSON.stringify({ userHandle: 'AAAA', credentialId: 'AAAA', publicKey: '', transports: [] })

interface InPage {
  setUp(begun: object): Promise<object>
  answerTo(challenge: object): Promise<{ readonly enrollmentId: string; readonly answer: string }>
  signInByPasskey(mediation: string): Promise<unknown>
}

/** The code as it stands on the page, in a browser with this key. */
function pageWith(key: ReturnType<typeof createAuthenticator>, browser: Visitor): InPage {
  const [, code = ''] = /```js\n([^]*?)```/.exec(sectionOf(page, 'What the page does')) ?? []
  const credentials = {
    create: async ({ publicKey }: { publicKey: CreationOptions }) => key.create(publicKey),
    get: async ({ publicKey }: { publicKey: RequestOptions }) => key.get(publicKey),
  }
  const same = <Options>(options: Options): Options => options
  const PublicKeyCredential = { parseCreationOptionsFromJSON: same, parseRequestOptionsFromJSON: same }
  const post = async (path: string, body: object): Promise<unknown> => (await browser.post(path, body)).body
  const names = 'setUp, answerTo, signInByPasskey'
  const there = { navigator: { credentials }, PublicKeyCredential, post }
  return runInNewContext(`${code}\n;({ ${names} })`, there) as InPage
}
