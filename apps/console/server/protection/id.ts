import { z } from '@hono/zod-openapi'

/** The form of every id that the console makes. What has another form is nobody's. */
export const id = z.string().regex(/^[\w-]{1,64}$/)
