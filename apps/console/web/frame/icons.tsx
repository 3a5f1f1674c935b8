import type { MethodKind } from '../api/types.ts'

const paths = {
  authenticator:
    'M7 3h10a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1ZM10 18h4M12 7v3.5l2 1.2M12 6.8a3.7 3.7 0 1 0 0 7.4 3.7 3.7 0 0 0 0-7.4Z',
  mail: 'M4 6h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1ZM3.5 7.5 12 13l8.5-5.5',
  message:
    'M5 5h14a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-7l-4.5 3.5V16H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1ZM8 10.5h.01M12 10.5h.01M16 10.5h.01',
  codes:
    'M6 3.5h12a1 1 0 0 1 1 1v15a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1v-15a1 1 0 0 1 1-1ZM8.5 8h3M8.5 12h3M8.5 16h3M14.5 8h1M14.5 12h1M14.5 16h1',
  shield: 'M12 3l7 2.6v5.6c0 4.4-3 7.8-7 9.3-4-1.5-7-4.9-7-9.3V5.6L12 3Z',
  shieldCheck: 'M12 3l7 2.6v5.6c0 4.4-3 7.8-7 9.3-4-1.5-7-4.9-7-9.3V5.6L12 3ZM8.8 11.8l2.3 2.3 4.2-4.4',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  alert: 'M12 4 2.9 19.5h18.2L12 4ZM12 10v4.5M12 17.2h.01',
  info: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM12 11v5M12 8h.01',
  copy: 'M9 9h10a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H9a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1ZM5 15H4.5A1 1 0 0 1 3.5 14V5a1 1 0 0 1 1-1H14a1 1 0 0 1 1 1v.5',
  download: 'M12 4v11M7.5 11 12 15.5 16.5 11M4.5 19.5h15',
  print: 'M7 9V4h10v5M7 17H5a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1h14a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-2M7 14h10v6H7v-6Z',
  pencil: 'M4.5 19.5l1-4L16 5l3 3L8.5 18.5l-4 1ZM14 7l3 3',
  remove: 'M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.3 10.5l.3 6M13.7 10.5l-.3 6',
  person: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM4.5 20c.8-3.6 3.8-5.5 7.5-5.5s6.7 1.9 7.5 5.5',
  people:
    'M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7ZM2.5 19.5c.6-3.2 3.2-5 6.5-5s5.9 1.8 6.5 5M15.5 5.3a3.5 3.5 0 0 1 0 6.4M18 14.9c1.9.7 3.1 2.3 3.5 4.6',
  key: 'M8 10a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9ZM11.2 11.3 19.5 3M16 6.5l3 3M13.5 9l2 2',
  token:
    'M8 9.5h8a1 1 0 0 1 1 1v8.5a2 2 0 0 1-2 2H9a2 2 0 0 1-2-2v-8.5a1 1 0 0 1 1-1ZM9 9.5V3.5h6v6M11 6.3v.6M13 6.3v.6M12 13.4a1.9 1.9 0 1 0 0 3.8 1.9 1.9 0 0 0 0-3.8Z',
  lock: 'M6.5 11h11a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1ZM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  screens:
    'M4 5h11a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1ZM7 18h5M18.5 9H20a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1h-3.5',
  browser:
    'M4 5h16a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1ZM3 9.5h18M5.8 7.3h.01M8.3 7.3h.01M10.8 7.3h.01',
  phone: 'M8 3h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1ZM11 18.2h2',
  globe:
    'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM3.5 12h17M12 3.5c2.4 2.3 3.6 5.2 3.6 8.5s-1.2 6.2-3.6 8.5c-2.4-2.3-3.6-5.2-3.6-8.5s1.2-6.2 3.6-8.5Z',
  next: 'M9.5 6l6 6-6 6',
} as const

export type IconName = keyof typeof paths

/** A picture beside words that say the same, so it is hidden from screen readers. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  )
}

export const methodIcons: Readonly<Record<MethodKind, IconName>> = {
  security_key: 'token',
  totp: 'authenticator',
  email: 'mail',
  sms: 'message',
  recovery_code: 'codes',
}

/** Two doors in a row, one inside the other. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" />
      <path d="M7 26V14a9 9 0 0 1 18 0v12M12.5 26V15a3.5 3.5 0 0 1 7 0v11" />
    </svg>
  )
}
