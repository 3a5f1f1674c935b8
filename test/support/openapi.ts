import { expect } from 'vitest'
import { z } from 'zod'
import type { Answer } from './visitor.ts'

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >
}

type Patterns = readonly (readonly [path: RegExp, operations: Document['paths'][string]])[]

const documents = new Map<string, Promise<Document>>()
const patterns = new WeakMap<Document, Patterns>()
const schemas = new WeakMap<object, z.ZodType>()

/**
 * Holds an answer against the console's own OpenAPI document: its status is one the route declares (any problem may come
 * instead), and its body has the declared schema and nothing besides.
 */
export async function expectDocumented(origin: string, method: string, path: string, answer: Answer): Promise<void> {
  const [plain = ''] = path.split('?')
  if (!plain.startsWith('/api/') || plain === '/api/openapi.json') return
  const document = await documentOf(origin)
  const type = answer.headers.get('content-type')?.split(';')[0] ?? ''
  const operation = operationFor(document, method, plain)
  if (operation === null) {
    expect(type, `${method} ${plain} is not documented, so only a problem may answer`).toBe('application/problem+json')
    return
  }
  const declared = operation.responses[answer.status] ?? operation.responses['default']
  expect(declared, `${method} ${plain} does not document the status ${answer.status}`).toBeDefined()
  if (declared?.content === undefined) {
    expect(answer.text).toBe('')
    return
  }
  const schema = declared.content[type]?.schema
  expect(schema, `${method} ${plain} does not document ${type} for ${answer.status}`).toBeDefined()
  if (schema !== undefined) expect(() => checker(document, schema).parse(answer.body)).not.toThrow()
}

function documentOf(origin: string): Promise<Document> {
  let document = documents.get(origin)
  if (document === undefined) {
    document = fetch(`${origin}/api/openapi.json`).then((response) => response.json() as Promise<Document>)
    documents.set(origin, document)
  }
  return document
}

export function operationFor(document: Document, method: string, path: string): Operation | null {
  for (const [pattern, operations] of patternsOf(document)) {
    const operation = operations[method.toLowerCase()]
    if (operation !== undefined && pattern.test(path)) return operation
  }
  return null
}

/** Made once for all the answers that are held against a document. */
function patternsOf(document: Document): Patterns {
  let made = patterns.get(document)
  if (made === undefined) {
    made = Object.entries(document.paths).map(([template, operations]) => [
      new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
      operations,
    ])
    patterns.set(document, made)
  }
  return made
}

function checker(document: Document, schema: object): z.ZodType {
  let made = schemas.get(schema)
  if (made === undefined) {
    made = z.fromJSONSchema(resolved(document, schema) as never)
    schemas.set(schema, made)
  }
  return made
}

/** The schema with every reference replaced by what it refers to. */
function resolved(document: Document, schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map((part) => resolved(document, part))
  if (typeof schema !== 'object' || schema === null) return schema
  if ('$ref' in schema) {
    const name = String(schema.$ref).replace('#/components/schemas/', '')
    return resolved(document, document.components.schemas[name])
  }
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, resolved(document, value)]))
}
