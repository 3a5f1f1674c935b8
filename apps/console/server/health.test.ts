import { expect, test } from 'vitest'
import type { Store } from 'sallyport'
import { sqliteStore } from 'sallyport/store/sqlite'
import { databases, runConsole } from '../../../test/support/console.ts'
import { testBrowser, testConsole } from '../../../test/support/quiet-console.ts'
import type { Answer, TestConsole } from '../../../test/support/quiet-console.ts'

const ask = ({ app }: Pick<TestConsole, 'app'>, path: string): Promise<Answer> => testBrowser({ app }).get(path)
const ok = { status: 200, body: { status: 'ok' } }
const unavailable = { status: 503, body: { status: 'unavailable' } }

/** A store in memory of which single steps are another’s. */
function storeWith(steps: Partial<Store>): Store {
  return { ...sqliteStore({ file: ':memory:' }), ...steps }
}

test.each(databases)('O5 on %s the process answers, and is ready once its databases do', async (on) => {
  const running = await runConsole({ on })
  for (const path of ['/healthz', '/readyz']) {
    const answered = await fetch(running.origin + path)
    expect([answered.status, await answered.text()]).toEqual([200, '{"status":"ok"}'])
  }
  await running.close()
})

test('O5 it says one word, is kept by nobody, sets no cookie, and fills no log', async () => {
  const home = await testConsole()
  for (const path of ['/healthz', '/readyz']) {
    const answered = await ask(home, path)
    expect(answered).toMatchObject(ok)
    expect(answered.headers.get('cache-control')).toBe('no-store')
    expect(answered.headers.getSetCookie()).toEqual([])
    expect(answered.headers.get('x-content-type-options')).toBe('nosniff')
  }
  expect(home.logged).toEqual([])
  await home.remove()
})

test('O5 without its own database it is alive and not ready, and says why in the log alone', async () => {
  const home = await testConsole()
  await home.database.database.schema.alterTable('account').renameTo('account_away').execute()
  expect(await ask(home, '/healthz')).toMatchObject(ok)
  expect(await ask(home, '/readyz')).toMatchObject(unavailable)
  expect(home.logged.join()).toContain('fault')
  await home.database.database.schema.alterTable('account_away').renameTo('account').execute()
  expect(await ask(home, '/readyz')).toMatchObject(ok)
  await home.remove()
})

test('O5 without Sallyport’s database it is not ready either', async () => {
  const home = await testConsole({ store: storeWith({ ping: () => Promise.reject(new Error('gone')) }) })
  expect(await ask(home, '/healthz')).toMatchObject(ok)
  expect(await ask(home, '/readyz')).toMatchObject(unavailable)
  expect(home.logged.join()).not.toContain('gone')
  await home.remove()
})

test('O5 a database that hangs is waited for a second, and asked once however many want to know', async () => {
  let asked = 0
  let answer = (): void => undefined
  const patience: number[] = []
  const deadlines: AbortController[] = []
  const ping = (): Promise<void> => {
    asked += 1
    return new Promise((resolve) => (answer = resolve))
  }
  const deadline = (milliseconds: number): AbortSignal => {
    const controller = new AbortController()
    patience.push(milliseconds)
    deadlines.push(controller)
    return controller.signal
  }
  const home = await testConsole({ store: storeWith({ ping }), deadline })
  const hanging = Array.from({ length: 20 }, () => ask(home, '/readyz'))
  for (const controller of deadlines) controller.abort()
  for (const each of await Promise.all(hanging)) expect(each).toMatchObject(unavailable)
  expect([asked, new Set(patience)]).toEqual([1, new Set([1000])])
  const late = ask(home, '/readyz')
  answer()
  expect(await late).toMatchObject(ok)
  expect(asked).toBe(1)
  await home.remove()
})

test('O5 a process that is being shut down is not ready any more, and answers all the same', async () => {
  const home = await testConsole()
  home.app.drain()
  expect(await ask(home, '/readyz')).toMatchObject(unavailable)
  expect(await ask(home, '/healthz')).toMatchObject(ok)
  expect((await ask(home, '/api/session')).status).toBe(200)
  await home.remove()
})
