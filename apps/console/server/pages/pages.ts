import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { Hono } from 'hono'
import type { ConsoleEnv } from '../protection/environment.ts'
import { problem } from '../protection/problem.ts'

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
}

/** Routes of the pages, which all begin with the same document. */
const pageRoutes = [
  '/',
  '/register',
  '/confirm',
  '/sign-in',
  '/challenge',
  '/forgot-password',
  '/reset-password',
  '/second-factor-needed',
  '/help',
  '/security',
  '/account',
  '/api-keys',
  '/teams',
  '/invitation',
]
/** Which of them there are, the page finds out by itself: the same document says so for all. */
const teamRoute = /^\/teams\/[\w-]{1,64}(?:\/(?:people|security|activity))?$/
const developmentRoutes = ['/dev/outbox']
const year = 31_536_000

/**
 * The built pages under `folder`. Only files that were there at the start are served, under the names they had then, so
 * no path can lead out of the folder. Anything else under GET is the not-found page.
 */
export function pages(options: { readonly folder: string; readonly development: boolean }): Hono<ConsoleEnv> {
  const app = new Hono<ConsoleEnv>()
  const files = filesUnder(options.folder)
  const routes = new Set(options.development ? [...pageRoutes, ...developmentRoutes] : pageRoutes)

  app.get('*', async (c) => {
    const file = files.get(c.req.path)
    if (file !== undefined) {
      const fingerprinted = c.req.path.startsWith('/assets/')
      c.header('Cache-Control', fingerprinted ? `public, max-age=${year}, immutable` : 'no-cache')
      c.header('Content-Type', types[extname(file)] ?? 'application/octet-stream')
      return c.body(new Uint8Array(await readFile(file)))
    }
    const index = files.get('/index.html')
    if (c.req.path.startsWith('/api/') || index === undefined) return problem(c, 'route_not_found')
    c.header('Cache-Control', 'no-store')
    const route = c.req.path.replace(/(?<=.)\/$/, '')
    return c.html(await readFile(index, 'utf8'), routes.has(route) || teamRoute.test(route) ? 200 : 404)
  })

  return app
}

function filesUnder(folder: string): ReadonlyMap<string, string> {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    return new Map(files.map((file) => [file.slice(folder.length).split(sep).join('/'), file]))
  } catch (error) {
    // Not built yet: the API works without its pages.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map()
    throw error
  }
}
