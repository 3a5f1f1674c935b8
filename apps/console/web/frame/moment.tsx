// The month in letters, so that no one takes it for the day.
const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' })
const minute = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' })
const second = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })

export function Day({ at }: { at: string }) {
  return <time dateTime={at}>{day.format(new Date(at))}</time>
}

export function Minute({ at }: { at: string }) {
  return <time dateTime={at}>{minute.format(new Date(at))}</time>
}

export function Second({ at }: { at: string | number }) {
  const date = new Date(at)
  return <time dateTime={date.toISOString()}>{second.format(date)}</time>
}
