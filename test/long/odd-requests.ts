import fc from 'fast-check'
import { everyRoute } from '../support/routes.ts'
import {
  cookieNames,
  headerText,
  junk,
  type OddBody,
  strangeBody,
  strangeHeader,
  strangeKey,
  strangeMethod,
  strangePath,
  strangeQuery,
  text,
} from './odd-values.ts'

/** What a request comes as. */
export type Side = 'nobody' | 'a pending login' | 'someone signed in' | 'someone without MFA' | 'an API key' | 'an app'

/** A request as it is made up, before the ids and tokens of whoever sends it are put in. Plain data, so that it can be printed. */
export interface OddRequest {
  readonly as: Side
  /** As the OpenAPI document writes it. */
  readonly route: string
  readonly method: string
  /** What stands in the path in place of its parameters; null: an id that is really there. */
  readonly path: Readonly<Record<string, string | null>>
  readonly query: string
  readonly body: OddBody
  /** Beside what a page of the console would send. Null leaves one out, a list sends it several times. */
  readonly headers: Readonly<Record<string, string | readonly string[] | null>>
  readonly cookies: Readonly<Record<string, string>>
}

interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
}

export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

/** Mostly as it should be, so that what is odd gets past the first door. */
function mostly<Value>(usual: Value, odd: fc.Arbitrary<Value>, weight = 3): fc.Arbitrary<Value> {
  return fc.oneof({ arbitrary: fc.constant(usual), weight }, { arbitrary: odd, weight: 1 })
}

/** Those with the most behind the first door come most often. */
const side: fc.Arbitrary<Side> = fc.oneof(
  { arbitrary: fc.constant('someone without MFA'), weight: 4 },
  { arbitrary: fc.constant('someone signed in'), weight: 3 },
  { arbitrary: fc.constant('a pending login'), weight: 2 },
  { arbitrary: fc.constantFrom<Side>('nobody', 'an API key', 'an app'), weight: 3 },
)

/** Requests to every route of the document, wrong in some way or in several, and some in none. */
export function oddRequests(document: ApiDocument): fc.Arbitrary<OddRequest> {
  const routes = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )
  const toEach = routes.map(({ method, path, operation }) => {
    const route = `${method} ${path}`
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
    return fc.record<OddRequest>({
      as: side,
      route: fc.constant(route),
      method: mostly(method, strangeMethod, 12),
      path: fc.record(Object.fromEntries(names.map((name) => [name, mostly<string | null>(null, strangePath, 4)]))),
      query: mostly('', strangeQuery, method === 'GET' ? 1 : 9),
      body: bodies(document, route, operation),
      headers: mostly({}, fc.array(strangeHeader, { minLength: 1, maxLength: 2 }).map(Object.fromEntries), 6),
      cookies: mostly({}, fc.dictionary(fc.constantFrom(...cookieNames), headerText, { minKeys: 1, maxKeys: 2 }), 9),
    })
  })
  return fc.oneof(...toEach)
}

function bodies(document: ApiDocument, route: string, { requestBody }: Operation): fc.Arbitrary<OddBody> {
  const usual: OddBody = { fields: [], without: [] }
  const schema = requestBody?.content['application/json']?.schema
  if (schema === undefined) return mostly(usual, strangeBody, 9)
  const { properties = {} } = resolved(document, schema)
  const names = [...new Set([...Object.keys(properties), ...Object.keys(everyRoute[route] ?? {})])]
  const field = fc.oneof(
    ...Object.entries(properties).map(([name, each]) => {
      const value = fc.oneof({ arbitrary: valuesOf(document, each), weight: 3 }, { arbitrary: junk, weight: 1 })
      return { arbitrary: fc.tuple(fc.constant(name), value), weight: 4 }
    }),
    { arbitrary: fc.tuple(strangeKey, junk), weight: 1 },
  )
  const changed: fc.Arbitrary<OddBody> = fc.record({
    fields: fc.array(field, { minLength: 1, maxLength: 3 }),
    without: names.length === 0 ? fc.constant([]) : mostly<readonly string[]>([], fc.subarray(names), 5),
  })
  return fc.oneof(
    { arbitrary: fc.constant(usual), weight: 3 },
    { arbitrary: changed, weight: 6 },
    { arbitrary: strangeBody, weight: 1 },
  )
}

/** Of the right form, and what is just beside it in length. */
function valuesOf(document: ApiDocument, given: Schema): fc.Arbitrary<unknown> {
  const schema = resolved(document, given)
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined) return fc.oneof(...choices.map((each) => valuesOf(document, each)))
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  const types = [schema.type ?? 'null'].flat()
  return fc.oneof(...types.map((type) => valueOf(document, schema, type)))
}

function valueOf(document: ApiDocument, schema: Schema, type: string): fc.Arbitrary<unknown> {
  switch (type) {
    case 'boolean':
      return fc.boolean()
    case 'number':
    case 'integer':
      return fc.integer()
    case 'array':
      return fc.array(valuesOf(document, schema.items ?? {}), { maxLength: 5 })
    case 'object':
      return fc.record(
        Object.fromEntries(
          Object.entries(schema.properties ?? {}).map(([name, each]) => [name, valuesOf(document, each)]),
        ),
      )
    case 'string':
      return stringOf(schema)
    default:
      return fc.constant(null)
  }
}

function stringOf({ pattern, minLength = 0, maxLength = 100 }: Schema): fc.Arbitrary<string> {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern))
  return fc.oneof(
    text,
    fc.string({ minLength, maxLength: Math.min(maxLength, 300) }),
    fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 40) }),
    fc.constantFrom(maxLength, maxLength + 1).map((length) => 'a'.repeat(length)),
  )
}

function resolved(document: ApiDocument, schema: Schema): Schema {
  if (schema.$ref === undefined) return schema
  return resolved(document, document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {})
}
