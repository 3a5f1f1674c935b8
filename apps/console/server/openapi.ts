import { cookieNames } from './protection/cookies.ts'

/** How a program says which API key it has. */
export const bearerScheme = {
  name: 'apiKey',
  scheme: { type: 'http', scheme: 'bearer', description: 'An API key, as made under /api/api-keys' },
} as const

/** How an app says whose session it acts in. */
export const accessTokenScheme = {
  name: 'accessToken',
  scheme: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'As given under /api/mobile' },
} as const

/** What a browser says it with. */
export const cookieScheme = {
  name: 'cookie',
  scheme: { type: 'apiKey', in: 'cookie', name: `__Host-${cookieNames.session}` },
} as const

/** What the routes don't say about themselves. */
export function openApiDocument(origin: string) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sallyport Console',
      version: '0.1.0',
      description: [
        'Accounts with a second factor. Every request but GET carries `content-type: application/json`, the console’s own `Origin`,',
        'and in `x-csrf-token` the token of `GET /api/session`. Sessions live in the cookie',
        `\`__Host-${cookieNames.session}\`. Errors are problem documents (RFC 9457) with a stable \`code\`.`,
        'An app sends the access token of /api/mobile as `Authorization: Bearer` instead, and needs neither `Origin` nor',
        '`x-csrf-token`. Under /api/v1 an API key takes the place of all that; every other route refuses it.',
      ].join(' '),
    },
    security: [{ [cookieScheme.name]: [] }, { [accessTokenScheme.name]: [] }],
    servers: [{ url: origin }],
  }
}
