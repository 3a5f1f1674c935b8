import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { Sallyport } from 'sallyport'
import { body, invalidRequest, json, problems, refusedAction } from 'sallyport/http'
import type { Problem } from 'sallyport/http'
import type { ConsoleEnv } from '../protection/environment.ts'
import { id } from '../protection/id.ts'
import { problem } from '../protection/problem.ts'
import { demandFrom } from '../protection/step-up.ts'
import { nameInvalid, visibleName } from '../protection/visible-name.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { ApiKeys, ApiKeyView, CreateRefusal } from './api-keys.ts'
import { apiScopes, scopeNames } from './scopes.ts'

interface Parts {
  readonly mfa: Sallyport
  readonly sessions: Sessions
  readonly apiKeys: ApiKeys
}

const scope = z.enum(scopeNames).openapi('ApiScope')
const instant = z.iso.datetime()

const keySchema = z
  .strictObject({
    id,
    name: z.string(),
    hint: z.string().meta({ description: 'The last four characters of the key' }),
    scopes: z.array(scope),
    createdAt: instant,
    expiresAt: instant.nullable(),
    lastUsedAt: instant.nullable().meta({ description: 'To the minute' }),
  })
  .openapi('ApiKey')

const listRoute = createRoute({
  method: 'get',
  path: '/api-keys',
  summary: 'The API keys of the signed-in account',
  responses: {
    200: json(
      z.strictObject({
        scopes: z.array(z.strictObject({ scope, about: z.string() })).meta({ description: 'All that there are' }),
        keys: z.array(keySchema),
      }),
      'Newest first; the keys themselves are not known any more',
    ),
    ...problems,
  },
})

const createKeyRoute = createRoute({
  method: 'post',
  path: '/api-keys',
  summary: 'Make an API key (api_key.create)',
  request: body(
    z.strictObject({
      name: z.string().max(200).meta({ description: '1 to 60 visible characters, another name for each key' }),
      scopes: z.array(scope).min(1).max(scopeNames.length),
      expiresInDays: z
        .union([z.literal(7), z.literal(30), z.literal(90), z.literal(365)])
        .nullable()
        .meta({ description: 'Null: it does not expire' }),
    }),
  ),
  responses: { 201: json(z.strictObject({ id, secret: z.string() }), 'The key, shown once, here'), ...problems },
})

const revokeRoute = createRoute({
  method: 'delete',
  path: '/api-keys/{keyId}',
  summary: 'Invalidate an API key (api_key.revoke)',
  request: { params: z.object({ keyId: id }), ...body(z.strictObject({})) },
  responses: { 204: { description: 'It opens nothing any more' }, ...problems },
})

export function apiKeyRoutes(parts: Parts): OpenAPIHono<ConsoleEnv> {
  const app = new OpenAPIHono<ConsoleEnv>({ defaultHook: invalidRequest })
  const { mfa, apiKeys } = parts
  const scopes = scopeNames.map((name) => ({ scope: name, about: apiScopes[name] }))

  app.openapi(listRoute, async (c) => {
    const session = c.get('session')
    if (session === null) return problem(c, 'not_signed_in')
    return c.json({ scopes, keys: (await apiKeys.list(session.account.id)).map(keyBody) }, 200)
  })

  app.openapi(createKeyRoute, async (c) => {
    const session = c.get('session')
    if (session === null) return problem(c, 'not_signed_in')
    const wanted = c.req.valid('json')
    const name = visibleName(wanted.name)
    if (name === null) return problem(c, 'fields_invalid', { errors: [nameInvalid] })
    const refusal = await apiKeys.refusalToCreate(session.account.id, name)
    if (refusal !== null) return refused(c, refusal)
    const parameters = {
      name,
      // In the order of the table and each once, so that the same wish is confirmed as the same.
      scopes: scopeNames.filter((each) => wanted.scopes.includes(each)),
      expiresInDays: wanted.expiresInDays,
    }
    // What the audit log says of the key: it is known by its id from here on.
    const key = apiKeys.newId()
    const detail = { key, scopes: parameters.scopes.join(' '), expiresInDays: wanted.expiresInDays ?? 'never' }
    const demand = { ...demandFrom(c, parts), resource: { key: name }, parameters, detail }
    const step = await mfa.actions.require('api_key.create', demand, c.get('client'))
    if (step.status !== 'granted') return refusedAction(c, step, mfa.clock())
    const created = await apiKeys.createKey(step.grant, key)
    return created.ok ? c.json({ id: created.id, secret: created.secret }, 201) : refused(c, created.reason)
  })

  app.openapi(revokeRoute, async (c) => {
    const session = c.get('session')
    if (session === null) return problem(c, 'not_signed_in')
    const key = await apiKeys.find(session.account.id, c.req.valid('param').keyId)
    if (key === null) return problem(c, 'api_key_not_found')
    const demand = {
      ...demandFrom(c, parts),
      resource: { key: { id: key.id, name: key.name } },
      detail: { key: key.id },
    }
    const step = await mfa.actions.require('api_key.revoke', demand, c.get('client'))
    if (step.status !== 'granted') return refusedAction(c, step, mfa.clock())
    return (await apiKeys.revokeKey(step.grant)) ? c.body(null, 204) : problem(c, 'api_key_not_found')
  })

  return app
}

function refused(c: Context, refusal: CreateRefusal): Problem {
  if (refusal !== 'name_taken') return problem(c, refusal)
  const message = 'Another key of yours has this name.'
  return problem(c, 'fields_invalid', { errors: [{ field: 'name', code: refusal, message }] })
}

function keyBody(key: ApiKeyView) {
  const at = (time: number): string => new Date(time).toISOString()
  return {
    id: key.id,
    name: key.name,
    hint: key.hint,
    scopes: [...key.scopes],
    createdAt: at(key.createdAt),
    expiresAt: key.expiresAt === null ? null : at(key.expiresAt),
    lastUsedAt: key.lastUsedAt === null ? null : at(key.lastUsedAt),
  }
}
