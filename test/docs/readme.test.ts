import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { read, root, sectionOf, tableOf } from './documents.ts'

const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
]

describe('README', () => {
  test.each(['mfa', 'sign-in', 'step-up'])('shows docs/examples/%s.ts as it is', (example) => {
    expect(read('README.md')).toContain(`\`\`\`ts\n${read(`docs/examples/${example}.ts`)}\`\`\``)
  })

  test('shows the example’s session function as it is', () => {
    const shown = /```ts\n(\/\*\* The only function[^]*?)```/.exec(read('README.md'))?.[1] ?? 'nothing'
    expect(read('docs/examples/application.ts')).toContain(shown)
  })

  test('guards a login in about ten lines', () => {
    const example = read('docs/examples/sign-in.ts')
    const guard = example.slice(example.indexOf('app.post'), example.indexOf('\n})'))
    expect(guard.split('\n').length).toBeLessThanOrEqual(12)
  })

  test('guards an action with one call', () => {
    expect(read('docs/examples/step-up.ts').match(/mfa\.actions\.\w+/g)).toEqual(['mfa.actions.require'])
  })

  test('names commands that exist and no other', () => {
    const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: object }
    const shown = [sectionOf('README.md', 'Try it'), sectionOf('docs/architecture.md', 'Tests')].flatMap((section) =>
      [...section.matchAll(/^npm (?:run )?([\w:]+)/gm)].map((match) => match[1]),
    )
    expect(new Set(shown)).toEqual(new Set(Object.keys(scripts)))
  })

  test('asks for the Node that the packages ask for', () => {
    for (const file of ['package.json', 'packages/sallyport/package.json', 'apps/console/package.json']) {
      const { engines } = JSON.parse(read(file)) as { readonly engines: { readonly node: string } }
      expect(sectionOf('README.md', 'Requirements')).toContain(`Node ${engines.node.replace('>=', '>= ')}`)
    }
  })

  test('lists every page of the documentation and every folder a stranger looks into', () => {
    const section = sectionOf('README.md', 'Where things are')
    for (const page of pages.slice(1)) expect(section).toContain(`[${page}](${page})`)
    const listed = tableOf('README.md', 'Where things are').map(([cell]) => /\((.*)\)/.exec(cell ?? '')?.[1] ?? '')
    expect(listed.filter((folder) => !statSync(join(root, folder)).isDirectory())).toEqual([])
  })
})

describe('every page', () => {
  test.each(pages)('%s links to nothing that does not exist', (page) => {
    const targets = [...read(page).matchAll(/\]\(([^)\s]+)\)|src="([^"]+)"/g)].map(
      (match) => match[1] ?? match[2] ?? '',
    )
    const broken = targets.filter((target) => !/^https?:/.test(target) && !leadsSomewhere(page, target))
    expect(broken).toEqual([])
  })

  test.each(pages)('%s names no machine, no key and no line above 600 characters', (page) => {
    expect(read(page)).not.toMatch(/\/(?:work|tmp|home|root)\/|[A-Za-z0-9_-]{43}/)
    expect(
      read(page)
        .split('\n')
        .filter((line) => line.length > 600),
    ).toEqual([])
  })
})

describe('the picture', () => {
  const picture = read('docs/sign-in.svg')

  test('has a background of its own and colours for light and dark', () => {
    expect(picture).toMatch(/<rect class="card"/)
    expect(picture).toContain('@media (prefers-color-scheme: dark)')
  })

  test('says in words what it shows, and loads nothing', () => {
    expect(picture).toMatch(/role="img" aria-labelledby="title desc"/)
    expect(picture).not.toMatch(/<script|href=|url\(|@import|@font-face/)
    expect(read('README.md')).toMatch(/<img src="docs\/sign-in\.svg"[^>]* alt="[^"]{40,}"/)
  })
})

function leadsSomewhere(page: string, target: string): boolean {
  const [file = '', anchor] = target.split('#')
  const path = file === '' ? page : join(dirname(page), file)
  if (!existsSync(join(root, path))) return false
  return anchor === undefined || anchorsOf(path).includes(anchor)
}

/** As code hosts make them: lower case, spaces to hyphens, punctuation gone. */
function anchorsOf(path: string): readonly string[] {
  return [...read(path).matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  )
}
