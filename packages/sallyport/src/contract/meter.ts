/** Of few values each: never an account, an address or an id. */
export type Attributes = Readonly<Record<string, string>>

export interface InstrumentOptions {
  readonly unit: string
  readonly description: string
  readonly advice?: { readonly explicitBucketBoundaries: number[] }
}

/**
 * What is needed of an OpenTelemetry `Meter`, so that the library depends on no version of OpenTelemetry:
 * `metrics.getMeter('sallyport')` of `@opentelemetry/api` is one.
 */
export interface Meter {
  createCounter(name: string, options: InstrumentOptions): { add(value: number, attributes: Attributes): void }
  createHistogram(name: string, options: InstrumentOptions): { record(value: number, attributes: Attributes): void }
}

/** One row of the table of metrics. */
export interface Metric {
  readonly instrument: 'counter' | 'histogram'
  /** As OpenTelemetry writes it (UCUM): `s` for seconds, `{event}` for so many of them. */
  readonly unit: string
  readonly about: string
  /** By what it can be told apart, and which values that has. */
  readonly attributes: Readonly<Record<string, string>>
}

/** Everything that is measured. What is added here is added to docs/metrics.md, or the tests fail. */
export const metricTable = {
  'sallyport.events': {
    instrument: 'counter',
    unit: '{event}',
    about: 'Entries of the audit log, counted once they are committed.',
    attributes: {
      event: 'One of the events of the audit log, such as `challenge.passed` or `account.locked`.',
      outcome: '`ok`, `refused` or `failed`.',
      action: 'The action in question, such as `login`; left out where the entry has none.',
      method: 'The kind of method, such as `totp`; left out where the entry has none.',
    },
  },
  'sallyport.delivery.duration': {
    instrument: 'histogram',
    unit: 's',
    about: 'How long a provider took to take a code or a notice, or to fail.',
    attributes: {
      method: 'The kind of method that sent it, such as `email`.',
      provider: 'The `name` of the sender.',
      outcome: '`ok`, or `failed`: the sender threw or was cut off.',
    },
  },
  'sallyport.notices': {
    instrument: 'counter',
    unit: '{notice}',
    about: 'Tries to deliver what is in the outbox.',
    attributes: {
      kind: 'One of the kinds of notices.',
      channel: 'The kind of method that carries it; `sessions` or `contact`, where the host is to do something.',
      outcome:
        '`delivered`; `unaddressed`: the account has no such address; `retried`: it is tried again later; `given_up`.',
    },
  },
} as const satisfies Record<string, Metric>

/** What came of having a provider take a message. */
export type DeliveryOutcome = 'ok' | 'failed'

/** What came of a try to deliver a notice. */
export type NoticeOutcome = 'delivered' | 'unaddressed' | 'retried' | 'given_up'
