// In a thread of its own: a client that shares the server's would wait for what the server does after its answer, which nobody
// elsewhere ever sees.
import { Agent, request } from 'node:http'
import { performance } from 'node:perf_hooks'
import { parentPort } from 'node:worker_threads'

const agent = new Agent({ keepAlive: true, maxSockets: 1 })

/** As much as the work that comes after an answer takes, and some more. */
const requestsAfter = 8

function ask(url, options, body = '') {
  return new Promise((resolve, reject) => {
    const going = request(url, { agent, ...options }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode, rawHeaders: response.rawHeaders, text }))
    })
    going.on('error', reject).end(body)
  })
}

async function measure({ url, headers, body }) {
  const begun = performance.now()
  const answer = await ask(url, { method: 'POST', headers }, body)
  const answered = performance.now()
  for (let each = 0; each < requestsAfter; each += 1) await ask(new URL('/healthz', url), { method: 'GET' })
  return { ...answer, ms: answered - begun, msAfter: performance.now() - answered }
}

parentPort.on('message', (asking) => {
  measure(asking).then(
    (timed) => parentPort.postMessage(timed, []),
    (error) => parentPort.postMessage({ error: String(error) }, []),
  )
})
