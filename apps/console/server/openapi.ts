import { cookieNames } from './protection/cookies.ts'

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
      ].join(' '),
    },
    servers: [{ url: origin }],
  }
}
