/**
 * The circles of a graph (`Map<file, files it imports>`), one for each knot of files that reach each other: a shortest
 * way from its first file, by name, back to itself.
 */
export function circles(graph) {
  const found = []
  const known = new Set()
  for (const start of [...graph.keys()].sort(byName)) {
    if (known.has(start)) continue
    const path = wayBack(graph, start)
    if (path === null) continue
    for (const file of path) known.add(file)
    found.push(path)
  }
  return found
}

function wayBack(graph, start) {
  const cameFrom = new Map()
  const queue = [start]
  for (const file of queue) {
    for (const next of graph.get(file) ?? []) {
      if (next === start) return [...trail(cameFrom, file), start]
      if (cameFrom.has(next)) continue
      cameFrom.set(next, file)
      queue.push(next)
    }
  }
  return null
}

function trail(cameFrom, last) {
  const path = [last]
  while (cameFrom.has(path[0])) path.unshift(cameFrom.get(path[0]))
  return path
}

const byName = (a, b) => (a < b ? -1 : a > b ? 1 : 0)
