// `node tools/launch.cjs long kill`: one of the tests in test/long, at length.
const LONG = {
  kill: { variable: 'SALLYPORT_TEST_KILLS', count: 200 },
  fuzz: { variable: 'SALLYPORT_TEST_REQUESTS', count: 20_000 },
  timing: { variable: 'SALLYPORT_TEST_SAMPLES', count: 200 },
}

const [which] = process.argv.splice(2, 1)
const { variable, count } = LONG[which]
process.env[variable] ??= String(count)
process.argv.push(`test/long/${which}.test.ts`)
await import('./test.mjs')
