import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Env } from 'hono'
import type { Sallyport } from '../engine/sallyport.ts'
import { browserTokens } from './cookie.ts'
import type { Host } from './host.ts'
import { problem } from './problem.ts'
import { body, id, json, problems } from './schemas.ts'

const tags = ['Trusted browsers']
const nothing = z.strictObject({})
const instant = z.iso.datetime()

const devicesSchema = z
  .strictObject({
    devices: z.array(
      z.strictObject({
        deviceId: id,
        browser: z.string().meta({ example: 'Firefox on Linux' }),
        ip: z.string().meta({ description: 'Where it was last used' }),
        trustedAt: instant,
        lastUsedAt: instant,
        expiresAt: instant,
        current: z.boolean().meta({ description: 'Whether it is this browser' }),
      }),
    ),
  })
  .openapi('TrustedBrowsers')

const list = createRoute({
  method: 'get',
  path: '/devices',
  tags,
  summary: 'The browsers that sign in to the signed-in account without a second factor',
  responses: { 200: json(devicesSchema, 'The last used first'), ...problems },
})

const revoke = createRoute({
  method: 'delete',
  path: '/devices/{deviceId}',
  tags,
  summary: 'Trust a browser no more',
  request: { params: z.object({ deviceId: id }), ...body(nothing) },
  responses: { 204: { description: 'Its next login asks for a second factor' }, ...problems },
})

const revokeAll = createRoute({
  method: 'delete',
  path: '/devices',
  tags,
  summary: 'Trust no browser any more',
  request: body(nothing),
  responses: { 204: { description: 'The next login asks for a second factor everywhere' }, ...problems },
})

/** Ending trust takes a session and nothing more: it can only make the account safer, and must not have to wait (requirement D5). */
export function deviceRoutes<E extends Env>(app: OpenAPIHono<E>, mfa: Sallyport, host: Host<E>): void {
  app.openapi(list, async (context) => {
    const session = await host.signedIn(context)
    if (session === null) return problem(context, 'not_signed_in')
    const devices = await mfa.devices.list(session.accountId, browserTokens(context))
    const at = (time: number): string => new Date(time).toISOString()
    const shown = devices.map((device) => ({
      ...device,
      trustedAt: at(device.trustedAt),
      lastUsedAt: at(device.lastUsedAt),
      expiresAt: at(device.expiresAt),
    }))
    return context.json({ devices: shown }, 200)
  })

  app.openapi(revoke, async (context) => {
    const session = await host.signedIn(context)
    if (session === null) return problem(context, 'not_signed_in')
    const { deviceId } = context.req.valid('param')
    const revoked = await mfa.devices.revoke(session.accountId, deviceId, host.client(context))
    return revoked ? context.body(null, 204) : problem(context, 'device_not_found')
  })

  app.openapi(revokeAll, async (context) => {
    const session = await host.signedIn(context)
    if (session === null) return problem(context, 'not_signed_in')
    await mfa.devices.revokeAll(session.accountId, host.client(context))
    return context.body(null, 204)
  })
}
