import { createMiddleware } from 'hono/factory'
import type { ConsoleEnv } from './environment.ts'

const contentSecurityPolicy = [
  `default-src 'none'`,
  `script-src 'self'`,
  `style-src 'self'`,
  `img-src 'self' data:`,
  `connect-src 'self'`,
  `font-src 'self'`,
  `manifest-src 'self'`,
  `form-action 'self'`,
  `base-uri 'none'`,
  `frame-ancestors 'none'`,
].join('; ')

const everywhere: Readonly<Record<string, string>> = {
  'Content-Security-Policy': contentSecurityPolicy,
  'Strict-Transport-Security': 'max-age=63072000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy':
    'camera=(), geolocation=(), microphone=(), payment=(), usb=(), display-capture=(), browsing-topics=(), otp-credentials=(self), publickey-credentials-get=(self)',
}

/** On every answer, errors included. */
export const securityHeaders = createMiddleware<ConsoleEnv>(async (c, next) => {
  await next()
  for (const [name, value] of Object.entries(everywhere)) c.res.headers.set(name, value)
})

/** Nothing the API says is kept by a browser or on the way. */
export const noStore = createMiddleware<ConsoleEnv>(async (c, next) => {
  await next()
  c.res.headers.set('Cache-Control', 'no-store')
})
