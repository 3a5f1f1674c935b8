// In a thread of its own: a client that shares the server's would wait for what the server does after its answer, which nobody
// elsewhere ever sees.
import { Agent, request } from 'node:http'
import { performance } from 'node:perf_hooks'
import { parentPort } from 'node:worker_threads'

const agent = new Agent({ keepAlive: true, maxSockets: 1 })

parentPort.on('message', ({ url, headers, body }) => {
  const begun = performance.now()
  const going = request(url, { agent, method: 'POST', headers }, (response) => {
    let text = ''
    response.setEncoding('utf8').on('data', (chunk) => (text += chunk))
    response.on('end', () => {
      const ms = performance.now() - begun
      parentPort.postMessage({ ms, status: response.statusCode, rawHeaders: response.rawHeaders, text }, [])
    })
  })
  going.on('error', (error) => parentPort.postMessage({ error: String(error) }, [])).end(body)
})
