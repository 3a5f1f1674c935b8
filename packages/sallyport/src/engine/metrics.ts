import type { AuditEntry } from '../contract/audit.ts'
import type { Clock } from '../contract/clock.ts'
import { type DeliveryOutcome, type Meter, metricTable, type NoticeOutcome } from '../contract/meter.ts'
import type { Notice } from '../contract/notice.ts'
import type { Recording, Store } from '../contract/store.ts'

/** What the flows have measured. None of it throws. */
export interface Measures {
  events(entries: readonly AuditEntry[]): void
  /** Starts the time that a provider takes for a message; what is returned ends it. */
  sending(method: string, provider: string): (outcome: DeliveryOutcome) => void
  notice(notice: Notice, outcome: NoticeOutcome): void
}

export const nothingMeasured: Measures = {
  events: () => undefined,
  sending: () => () => undefined,
  notice: () => undefined,
}

/** In seconds, as OpenTelemetry advises for requests, up to the longest time that a delivery may have. */
const boundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 30]

/** Stands for what is not configured here, or no more: the values of an attribute stay few. */
const other = 'other'

/** Of the outbox: what is to be done by the host and carried by no method. */
const hostChannels: ReadonlySet<string> = new Set(['sessions', 'contact'])

export function measuresOf(
  meter: Meter,
  {
    methods,
    actions,
    clock,
    onFault,
  }: {
    readonly methods: ReadonlyMap<string, unknown>
    readonly actions: ReadonlyMap<string, unknown>
    readonly clock: Clock
    readonly onFault: (error: unknown) => void
  },
): Measures {
  const events = safely(() => meter.createCounter(...instrument('sallyport.events')))
  const durations = safely(() => {
    const [name, options] = instrument('sallyport.delivery.duration')
    return meter.createHistogram(name, { ...options, advice: { explicitBucketBoundaries: boundaries } })
  })
  const told = safely(() => meter.createCounter(...instrument('sallyport.notices')))
  const methodOf = (kind: string): string => (methods.has(kind) ? kind : other)

  return {
    events(entries) {
      for (const { event, outcome, action, method } of entries) {
        safely(() =>
          events?.add(1, {
            event,
            outcome,
            ...(action === null ? {} : { action: actions.has(action) ? action : other }),
            ...(method === null ? {} : { method: methodOf(method) }),
          }),
        )
      }
    },

    sending(method, provider) {
      const begun = clock()
      return (outcome) => {
        // A clock that was set back meanwhile must not make a duration of less than nothing.
        const seconds = Math.max(0, clock() - begun) / 1000
        safely(() => durations?.record(seconds, { method: methodOf(method), provider, outcome }))
      }
    },

    notice({ kind, channel }, outcome) {
      safely(() => told?.add(1, { kind, channel: hostChannels.has(channel) ? channel : methodOf(channel), outcome }))
    },
  }

  /** What is measured must never cost what it is measured of. */
  function safely<Made>(make: () => Made): Made | undefined {
    try {
      return make()
    } catch (error) {
      onFault(error)
      return undefined
    }
  }
}

function instrument(name: keyof typeof metricTable) {
  const { unit, about } = metricTable[name]
  return [name, { unit, description: about }] as const
}

/**
 * The same store, which hands on the audit entries of a step when the step is done. While it runs they are not yet true: it may
 * fail, or be run again and say something else.
 */
export function counting(store: Store, count: (entries: readonly AuditEntry[]) => void): Store {
  const appendAudit: Store['appendAudit'] = async (entries, notices) => {
    await store.appendAudit(entries, notices)
    count(entries)
  }
  // A proxy, so that no step can be forgotten that is added to the store one day; of nothing, for the store may be frozen.
  return new Proxy<Store>(Object.create(null), {
    get(_, name) {
      if (name === 'appendAudit') return appendAudit
      const step: unknown = Reflect.get(store, name)
      if (typeof step !== 'function') return step
      return (input: unknown, ...rest: readonly unknown[]): unknown =>
        isRecorded(input)
          ? counted(input, (told) => Reflect.apply(step, store, [told, ...rest]))
          : Reflect.apply(step, store, [input, ...rest])
    },
  })

  async function counted(input: Recorded, step: (told: Recorded) => unknown): Promise<unknown> {
    let written: readonly AuditEntry[] = []
    const record = (outcome: never): ReturnType<Recording<never>> => {
      const recorded = input.record(outcome)
      written = recorded.audit
      return recorded
    }
    const outcome = await step({ ...input, record })
    count(written)
    return outcome
  }
}

interface Recorded {
  readonly record: Recording<never>
}

function isRecorded(input: unknown): input is Recorded {
  return typeof input === 'object' && input !== null && 'record' in input && typeof input.record === 'function'
}
