import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { root, tableOf } from './documents.ts'

test('the rooms and arrows are those that the check of imports enforces', async () => {
  const rooms: unknown = await import(pathToFileURL(join(root, 'tools/imports/rooms.mjs')).href)
  const { ARROWS } = rooms as { readonly ARROWS: Readonly<Record<string, readonly string[]>> }
  const described = tableOf('docs/architecture.md', 'Rooms').map(([room, arrows = '']) => [
    room,
    arrows.replaceAll('`', '').split(', ').filter(Boolean),
  ])
  expect(described).toEqual(Object.entries(ARROWS))
})
