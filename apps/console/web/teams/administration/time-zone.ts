/** The day in this time zone, as a date field has it: `2026-12-01`. */
export function dayOf(at: string): string {
  const moment = new Date(at)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`
}

/** The day in this time zone that is so many days after this moment. */
export function dayAfter(at: number, days: number): string {
  const moment = new Date(at)
  moment.setDate(moment.getDate() + days)
  return dayOf(moment.toISOString())
}

/** When that day begins in this time zone; null where it is no day. */
export function beginningOf(day: string): string | null {
  // Without a zone in it, a date with a time is read as one of here.
  const moment = new Date(`${day}T00:00`)
  return Number.isNaN(moment.getTime()) ? null : moment.toISOString()
}

/** When that day is over in this time zone; null where it is no day. */
export function endOf(day: string): string | null {
  const begins = beginningOf(day)
  return begins === null ? null : beginningOf(dayAfter(Date.parse(begins), 1))
}

/** "Europe/Berlin, GMT+1": where this browser is, at that moment. */
export function zoneAt(at: string): string {
  const format = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'shortOffset' })
  const offset = format.formatToParts(new Date(at)).find(({ type }) => type === 'timeZoneName')?.value
  const { timeZone } = format.resolvedOptions()
  return offset === undefined || offset === timeZone ? timeZone : `${timeZone}, ${offset}`
}
