import { metrics as openTelemetry } from '@opentelemetry/api'
import {
  AggregationTemporality,
  type DataPoint,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  auditEvents,
  type EmailSender,
  limitTable,
  type Meter,
  metricTable,
  noticeKinds,
  SallyportError,
} from 'sallyport'
import { movingClock } from 'sallyport/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { ada, allowed, client, library, session, setUp, signIn } from '../../../../test/support/library.ts'
import { measuresOf } from './metrics.ts'

const providers: MeterProvider[] = []
afterEach(async () => {
  for (const provider of providers.splice(0)) await provider.shutdown()
})

/** A real meter of OpenTelemetry, and what it has measured. Nothing runs by itself: `collect` asks. */
function measuring() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
  const provider = new MeterProvider({ readers: [reader] })
  providers.push(provider)
  const collected = async () => {
    const { resourceMetrics, errors } = await reader.collect()
    expect(errors).toEqual([])
    return resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics)
  }
  const points = async (name: keyof typeof metricTable): Promise<readonly DataPoint<unknown>[]> =>
    (await collected()).find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? []
  return {
    meter: provider.getMeter('sallyport'),
    collected,
    points,
    /** What was counted with these attributes, whatever the others. */
    async counted(name: keyof typeof metricTable, attributes: Readonly<Record<string, string>>): Promise<number> {
      const matching = (await points(name)).filter((point) =>
        Object.entries(attributes).every(([key, value]) => point.attributes[key] === value),
      )
      return matching.reduce((sum, { value }) => sum + Number(value), 0)
    },
    async durations() {
      return (await points('sallyport.delivery.duration')).map(({ attributes, value }) => {
        const { count, sum } = value as Histogram
        return { ...attributes, count, sum }
      })
    },
  }
}

async function measured(options: Parameters<typeof library>[0] = {}) {
  const measures = measuring()
  return { ...measures, running: await library({ ...options, meter: measures.meter }) }
}

async function wrongAnswer(running: Awaited<ReturnType<typeof library>>, enrollmentId: string) {
  const { key } = await signIn(running)
  return await running.mfa.challenges.answer(key, 'login', { enrollmentId, answer: '000000' }, client)
}

const down: EmailSender = { name: 'down', send: () => Promise.reject(new Error('down')) }
const contact = { accountId: 'x', method: 'email', destination: 'eve@example.com' } as const

describe('challenges', () => {
  test('are counted by action, method and outcome', async () => {
    const { running, counted } = await measured()
    const { enrollmentId, answer } = await setUp(running, 'totp')
    const { key } = await signIn(running)
    await running.mfa.challenges.answer(key, 'login', { enrollmentId, answer: 'abcdef' }, client)
    await running.mfa.challenges.answer(key, 'login', { enrollmentId, answer: '000000' }, client)
    await running.mfa.challenges.answer(key, 'login', { enrollmentId, answer: answer() }, client)

    const login = { action: 'login', outcome: 'ok' }
    expect(await counted('sallyport.events', { ...login, event: 'challenge.opened' })).toBe(1)
    expect(await counted('sallyport.events', { ...login, event: 'challenge.passed', method: 'totp' })).toBe(1)
    const refused = { action: 'login', outcome: 'refused', event: 'attempt.refused', method: 'totp' }
    expect(await counted('sallyport.events', refused)).toBe(2)
    expect(await counted('sallyport.events', { action: 'mfa.method.confirm', event: 'challenge.passed' })).toBe(1)
    expect(await counted('sallyport.events', { event: 'challenge.failed' })).toBe(0)
  })

  test('that fail, and the lock that comes of it, are counted', async () => {
    const { running, counted } = await measured({ limits: { triesPerChallenge: 2, triesPerAccount: 3 } })
    const { enrollmentId } = await setUp(running, 'totp')
    const { key } = await signIn(running)
    for (const answer of ['000000', '000001']) {
      await running.mfa.challenges.answer(key, 'login', { enrollmentId, answer }, client)
    }
    const failed = { event: 'challenge.failed', action: 'login', method: 'totp', outcome: 'failed' }
    expect(await counted('sallyport.events', failed)).toBe(1)
    expect(await counted('sallyport.events', { event: 'account.locked' })).toBe(0)

    await wrongAnswer(running, enrollmentId)
    const locked = { event: 'account.locked', action: 'login', method: 'totp', outcome: 'refused' }
    expect(await counted('sallyport.events', locked)).toBe(1)
  })

  test('that confirm an action are counted by it, and so is what they allow', async () => {
    const { running, counted } = await measured()
    await setUp(running, 'totp')
    await allowed(running, (presented) =>
      running.mfa.actions.require('api_key.create', { ...presented, resource: { key: 'ci' } }, client),
    )
    for (const event of ['challenge.opened', 'challenge.passed', 'action.allowed']) {
      expect([event, await counted('sallyport.events', { event, action: 'api_key.create' })]).toEqual([event, 1])
    }
  })

  test('of what the host tells are counted as well', async () => {
    const { running, counted } = await measured()
    await running.mfa.audit.record({ event: 'request.refused', accountId: null }, client)
    expect(await counted('sallyport.events', { event: 'request.refused', outcome: 'refused' })).toBe(1)
  })
})

describe('what is counted is what was committed', () => {
  test('a step that fails counts nothing, though it had said what it would write', async () => {
    const { running, counted } = await measured({
      around: (store) => ({
        beginSignIn: async (input) => {
          input.record('challenge')
          await store.readAccount(input.challenge.accountId)
          throw new SallyportError('store_failed')
        },
        appendAudit: () => Promise.reject(new SallyportError('store_failed')),
      }),
    })
    await setUp(running, 'totp')
    await expect(signIn(running)).rejects.toMatchObject({ code: 'store_failed' })
    await expect(running.mfa.audit.record({ event: 'request.refused', accountId: null }, client)).rejects.toMatchObject(
      { code: 'store_failed' },
    )
    expect(await counted('sallyport.events', { action: 'login' })).toBe(0)
    expect(await counted('sallyport.events', { event: 'request.refused' })).toBe(0)
  })

  test('a step that is run again counts what it wrote in the end, once', async () => {
    const { running, counted } = await measured({
      around: (store) => ({
        beginSignIn: (input) => {
          input.record('not_required')
          return store.beginSignIn(input)
        },
      }),
    })
    await setUp(running, 'totp')
    await signIn(running)
    expect(await counted('sallyport.events', { event: 'sign_in.not_required' })).toBe(0)
    expect(await counted('sallyport.events', { event: 'challenge.opened', action: 'login' })).toBe(1)
  })

  test('the events are those of the audit log', async () => {
    const { running, points } = await measured()
    await setUp(running, 'email')
    await signIn(running)
    const logged = running
      .audit()
      .map(({ event, outcome, action, method }) => JSON.stringify([event, outcome, action, method]))
    const seen = (await points('sallyport.events')).flatMap(({ attributes, value }) => {
      const { event, outcome, action = null, method = null } = attributes
      return Array.from({ length: Number(value) }, () => JSON.stringify([event, outcome, action, method]))
    })
    expect(seen.toSorted()).toEqual(logged.toSorted())
  })

  test('a store whose steps need it to be `this`, or that is frozen, is a store still', async () => {
    const { running, counted } = await measured({
      around: (store) =>
        Object.freeze({
          ...store,
          appendAudit(this: unknown, ...input: Parameters<typeof store.appendAudit>) {
            return store.appendAudit(...input)
          },
        }),
    })
    await setUp(running, 'totp')
    expect(await counted('sallyport.events', { event: 'mfa.enabled' })).toBe(1)
  })
})

describe('sending', () => {
  test('is timed for each provider, until it has taken the message', async () => {
    const clock = movingClock()
    const { running, durations } = await measured({
      clock,
      sender: { name: 'post', send: async () => clock.advance(1500) },
    })
    await running.mfa.contacts.begin(contact, client)
    expect(await durations()).toEqual([{ method: 'email', provider: 'post', outcome: 'ok', count: 1, sum: 1.5 }])
  })

  test('that fails is counted as a failure, of the code and of the notice', async () => {
    const { running, durations, counted } = await measured({ sender: down })
    await running.mfa.contacts.begin(contact, client)
    const failure = { method: 'email', provider: 'down', outcome: 'failed' }
    expect(await durations()).toEqual([expect.objectContaining({ ...failure, count: 1 })])
    expect(await counted('sallyport.events', { event: 'code.send_failed', method: 'email' })).toBe(1)

    await running.mfa.notices.tell({ account: ada, kind: 'password.changed' }, client)
    await running.mfa.notices.deliver()
    expect(await durations()).toContainEqual(expect.objectContaining({ ...failure, count: 2 }))
  })

  test('that is cut off is timed up to then, also when the sender never notices', async () => {
    const clock = movingClock()
    const cutOff = new AbortController()
    const { running, durations } = await measured({
      deadline: () => cutOff.signal,
      clock,
      sender: {
        name: 'hanging',
        send() {
          clock.advance(5000)
          queueMicrotask(() => cutOff.abort())
          return new Promise(() => undefined)
        },
      },
    })
    await running.mfa.contacts.begin(contact, client)
    expect(await durations()).toEqual([{ method: 'email', provider: 'hanging', outcome: 'failed', count: 1, sum: 5 }])
  })

  test('takes no less than no time, though the clock is set back', async () => {
    const clock = movingClock()
    const { running, durations } = await measured({
      clock,
      sender: { name: 'post', send: async () => clock.advance(-60_000) },
    })
    await running.mfa.contacts.begin(contact, client)
    expect(await durations()).toEqual([expect.objectContaining({ count: 1, sum: 0 })])
  })
})

describe('notices', () => {
  const changed = { kind: 'password.changed' } as const

  test('are counted as delivered by each channel, and as unaddressed where there is no address', async () => {
    const { running, counted } = await measured()
    const account = { ...ada, confirmedPhone: null }
    await running.mfa.notices.tell({ account, kind: 'password.changed' }, client)
    await running.mfa.notices.deliver()
    expect(await counted('sallyport.notices', { ...changed, channel: 'email', outcome: 'delivered' })).toBe(1)
    expect(await counted('sallyport.notices', { ...changed, channel: 'sms', outcome: 'unaddressed' })).toBe(1)
    expect(await counted('sallyport.notices', { channel: 'sms', outcome: 'delivered' })).toBe(0)
  })

  test('are counted at every try, and as given up when there is none left', async () => {
    const { running, counted } = await measured({ sender: down })
    await running.mfa.notices.tell({ account: { ...ada, confirmedPhone: null }, kind: 'password.changed' }, client)
    const mail = { ...changed, channel: 'email' }
    for (let tries = 1; tries <= 12; tries += 1) {
      expect(await counted('sallyport.notices', { ...mail, outcome: 'given_up' })).toBe(0)
      await running.mfa.notices.deliver()
      running.clock.advance(3_600_000)
    }
    expect(await counted('sallyport.notices', { ...mail, outcome: 'retried' })).toBe(11)
    expect(await counted('sallyport.notices', { ...mail, outcome: 'given_up' })).toBe(1)
  })

  test('that ask the host for something are counted by what they are for', async () => {
    const { running, counted, durations } = await measured()
    await setUp(running, 'totp')
    await running.mfa.notices.deliver()
    const ended = { kind: 'mfa.enabled', channel: 'sessions', outcome: 'delivered' }
    expect(await counted('sallyport.notices', ended)).toBe(1)
    const about = {
      accountId: ada.id,
      subject: '',
      addressee: null,
      at: running.clock(),
      ip: '',
      userAgent: '',
    } as const
    await running.store.appendAudit([], [{ ...about, id: 'noted', kind: 'email.changed', channel: 'contact' }])
    await running.mfa.notices.deliver()
    const followed = { kind: 'email.changed', channel: 'contact', outcome: 'delivered' }
    expect(await counted('sallyport.notices', followed)).toBe(1)
    // A host that ends sessions is no provider.
    expect((await durations()).map(({ provider }: Record<string, unknown>) => provider)).not.toContain('sessions')
  })
})

describe('attributes', () => {
  test('are those of the table and have few values, whatever is done by whomever', async () => {
    const { running, collected } = await measured({
      actions: { 'report.read': { purpose: 'read report {report}' } },
      limits: { triesPerChallenge: 1, triesPerAccount: 3 },
    })
    const { mfa, clock } = running
    const first = await setUp(running, 'totp')
    await setUp(running, 'email')
    await allowed(running, (presented) =>
      mfa.actions.require('api_key.create', { ...presented, resource: { key: 'ci-0815' } }, client),
    )
    await mfa.actions.require(
      'mfa.disable',
      { accountId: ada.id, session, resource: {}, challengeId: 'of-another', ownCheck: () => Promise.resolve(false) },
      client,
    )
    await mfa.contacts.begin({ accountId: 'x', method: 'sms', destination: '+14155550123' }, client)
    for (let tries = 0; tries < 4; tries += 1) await wrongAnswer(running, first.enrollmentId)
    await mfa.notices.tell({ account: ada, kind: 'email.changed', subject: 'new@example.com' }, client)
    await mfa.notices.deliver()
    await mfa.audit.record({ event: 'request.refused', accountId: 'ada', detail: { path: '/secret' } }, client)
    clock.advance(1000)
    await mfa.erase(ada.id, client)

    const kinds = ['totp', 'email', 'sms', 'recovery_code']
    const allowedValues: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
      'sallyport.events': {
        event: auditEvents,
        outcome: ['ok', 'refused', 'failed'],
        action: ['login', 'phone.confirm', 'mfa.method.confirm', 'mfa.method.add', 'mfa.disable', 'api_key.create'],
        method: kinds,
      },
      'sallyport.delivery.duration': {
        method: kinds,
        provider: [running.emails.name, running.texts.name],
        outcome: ['ok', 'failed'],
      },
      'sallyport.notices': {
        kind: noticeKinds,
        channel: [...kinds, 'sessions', 'contact'],
        outcome: ['delivered', 'unaddressed', 'retried', 'given_up'],
      },
    }
    const all = await collected()
    const boundaries = all.flatMap(({ dataPoints }) =>
      (dataPoints as readonly DataPoint<Partial<Histogram>>[]).map(
        ({ value }) => value.buckets?.boundaries.at(-1) ?? [],
      ),
    )
    // In seconds, up to the longest time that a delivery may have.
    expect(new Set(boundaries.flat())).toEqual(new Set([limitTable.deliverySeconds.max]))
    expect(all.map(({ descriptor }) => descriptor.name)).toEqual(Object.keys(metricTable))
    for (const { descriptor, dataPoints } of all) {
      const { instrument, unit, about, attributes } = metricTable[descriptor.name as keyof typeof metricTable]
      expect(descriptor).toMatchObject({ type: instrument.toUpperCase(), unit, description: about })
      for (const point of dataPoints as readonly DataPoint<unknown>[]) {
        for (const [key, value] of Object.entries(point.attributes)) {
          expect(Object.keys(attributes)).toContain(key)
          expect(allowedValues[descriptor.name]?.[key]).toContain(value)
        }
      }
    }
    expect(JSON.stringify(all)).not.toMatch(/ada|example|0815|192\.0|Visitor|trace-1|4155|of-another|secret/)
  })

  test('stand for what is not configured as one value, and are left out where there is none', async () => {
    const { meter, points } = measuring()
    const faults: unknown[] = []
    const measures = measuresOf(meter, {
      methods: new Map([['totp', {}]]),
      actions: new Map([['login', {}]]),
      clock: () => 0,
      onFault: (error) => faults.push(error),
    })
    const about = { id: '', at: 0, accountId: 'ada', challengeId: null, enrollmentId: null, traceId: null, detail: {} }
    const entry = { ...about, ...client, event: 'challenge.passed', outcome: 'ok' } as const
    measures.events([
      { ...entry, action: 'login', method: 'totp' },
      { ...entry, action: 'fly', method: 'pigeon' },
      { ...entry, action: null, method: null },
    ])
    const counted = { event: 'challenge.passed', outcome: 'ok' }
    expect((await points('sallyport.events')).map(({ attributes }) => attributes)).toEqual([
      { ...counted, action: 'login', method: 'totp' },
      { ...counted, action: 'other', method: 'other' },
      counted,
    ])
    const notice = { ...about, ...client, kind: 'mfa.enabled', subject: '', addressee: null } as const
    for (const channel of ['contact', 'pigeon']) measures.notice({ ...notice, channel }, 'retried')
    measures.sending('pigeon', 'loft')('ok')
    expect(await points('sallyport.notices')).toMatchObject([
      { attributes: { channel: 'contact' } },
      { attributes: { channel: 'other' } },
    ])
    expect(await points('sallyport.delivery.duration')).toMatchObject([{ attributes: { method: 'other' } }])
    expect(faults).toEqual([])
  })
})

describe('a meter', () => {
  test('of @opentelemetry/api is one', async () => {
    const meter: Meter = openTelemetry.getMeter('sallyport')
    const running = await library({ meter })
    await setUp(running, 'totp')
    expect(running.faults).toEqual([])
  })

  test('that throws, at the start or ever after, breaks nothing and is a fault', async () => {
    const broken = (): never => {
      throw new Error('no metrics today')
    }
    const meters: readonly Meter[] = [
      { createCounter: broken, createHistogram: broken },
      { createCounter: () => ({ add: broken }), createHistogram: () => ({ record: broken }) },
    ]
    for (const meter of meters) {
      const running = await library({ meter })
      await setUp(running, 'email')
      await running.mfa.notices.deliver()
      expect(await signIn(running)).toMatchObject({ status: 'challenge' })
      const said = running.faults.map((fault) => (fault instanceof Error ? fault.message : fault))
      expect(new Set(said)).toEqual(new Set(['no metrics today']))
    }
  })
})
