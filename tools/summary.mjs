/**
 * What vitest's JSON report comes to: how many tests passed, and a line for each that did not. A test that was skipped
 * or left as "todo" did not pass. `selected` says that the person chose tests by name, which skips all the others.
 */
export function summaryOf(report, { selected = false } = {}) {
  let passed = 0
  const failures = []
  for (const file of report.testResults) {
    for (const { status, fullName } of file.assertionResults) {
      if (status === 'passed') passed++
      else if (status === 'failed') failures.push(`${file.name}: ${fullName}`)
      else if (!selected) failures.push(`${file.name}: ${fullName} (${status === 'todo' ? 'todo' : 'skipped'})`)
    }
    const untold = file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed')
    if (untold) failures.push(`${file.name}: ${firstLine(file.message) || 'the file could not be run'}`)
  }
  return { passed, failures }
}

const firstLine = (text) => (text ?? '').trim().split('\n')[0]
