import { spawn } from 'node:child_process'
import { delimiter, dirname, join } from 'node:path'
import { accessSync, constants, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
export const cache = join(root, '.cache')

/** A failure whose message says everything the person needs: it is printed without a stack. */
export class PlainError extends Error {}

/**
 * Runs a program to its end and resolves with its exit code and everything it wrote; never rejects.
 * `show` also passes the output on as it comes. A program still running after `timeout` ms is killed (default: never).
 */
export function run(command, args, { cwd = root, env = process.env, show = false, timeout = 0 } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env,
      timeout,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A .cmd file, which is what npm is on Windows, starts only through a shell.
      shell: process.platform === 'win32' && command.endsWith('.cmd'),
    })
    let output = ''
    const take = (stream) => (chunk) => {
      output += chunk
      if (show) stream.write(chunk)
    }
    child.stdout.on('data', take(process.stdout))
    child.stderr.on('data', take(process.stderr))
    child.on('error', (error) => resolve({ code: 127, output: error.message }))
    child.on('close', (code, signal) =>
      resolve({ code: code ?? 1, output: signal ? `${output}\nkilled: ${signal}` : output }),
    )
  })
}

/** Runs npm: the very npm that started us, where there is one. */
export function npm(args, options) {
  const own = process.env.npm_execpath
  const quiet = [...args, '--no-audit', '--no-fund', '--no-update-notifier']
  if (own?.endsWith('.js')) return run(process.execPath, [own, ...quiet], options)
  return run(process.platform === 'win32' ? 'npm.cmd' : 'npm', quiet, options)
}

/** Runs the program of an installed package by its script, e.g. `tool('typescript/bin/tsc', ['-p', '.'])`. */
export function tool(script, args, options) {
  return run(process.execPath, [join(root, 'node_modules', script), ...args], options)
}

/** The path of a program: the first of `names` that is on PATH, or null. */
export function which(names) {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd'] : ['']
  for (const name of names) {
    for (const folder of (process.env.PATH ?? '').split(delimiter).filter(Boolean)) {
      for (const ending of endings) if (runnable(join(folder, name + ending))) return join(folder, name + ending)
    }
  }
  return null
}

function runnable(file) {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
