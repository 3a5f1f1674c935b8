import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../..')

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** The cells of the first table under a heading of a page, without its head, as text without code marks. */
export function tableOf(path: string, heading: string): readonly (readonly string[])[] {
  const lines = sectionOf(path, heading).split('\n')
  const first = lines.findIndex((line) => line.startsWith('|'))
  const length = lines.slice(first).findIndex((line) => !line.startsWith('|'))
  const rows = lines.slice(first, first + length)
  if (first < 0 || rows.length < 3) throw new Error(`${path} has no table under "${heading}"`)
  return rows.slice(2).map((row) => cellsOf(row))
}

/** What stands between a heading and the next one of its level or above. */
export function sectionOf(path: string, heading: string): string {
  const lines = [...read(path).split('\n'), '']
  const start = lines.findIndex((line) => line.replace(/^#+ /, '') === heading && line.startsWith('#'))
  if (start < 0) throw new Error(`${path} has no heading "${heading}"`)
  const level = lines[start]?.indexOf(' ') ?? 0
  const rest = lines.slice(start + 1)
  const end = rest.findIndex((line) => /^#+ /.test(line) && line.indexOf(' ') <= level)
  return rest.slice(0, end < 0 ? rest.length : end).join('\n')
}

function cellsOf(row: string): readonly string[] {
  return row
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim().replace(/^`(.*)`$/, '$1'))
}

export function column(table: readonly (readonly string[])[], index: number): readonly string[] {
  return table.map((row) => row[index] ?? '')
}

/** The names of an interface's members or a type's properties, as the source declares them one a line. */
export function membersOf(path: string, name: string): readonly string[] {
  const source = read(path)
  const start = source.search(new RegExp(`^(export )?(interface|type) ${name}\\b`, 'm'))
  if (start < 0) throw new Error(`${path} declares no ${name}`)
  const body = source.slice(start, source.indexOf('\n}', start))
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??(?::|\()/gm)].map((match) => match[1] ?? '')
}
