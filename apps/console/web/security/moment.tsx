const day = new Intl.DateTimeFormat('en', { dateStyle: 'long' })
const minute = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' })

export function Day({ at }: { at: string }) {
  return <time dateTime={at}>{day.format(new Date(at))}</time>
}

export function Minute({ at }: { at: string }) {
  return <time dateTime={at}>{minute.format(new Date(at))}</time>
}
