import { Visitor } from './visitor.ts'

/** For `runConsole`: each request comes from whom its `X-Forwarded-For` names. */
export const everyoneProxied = ['127.0.0.0/8', '::1']

/** A browser or app at an address of the test's choosing, by way of a proxy that the console trusts. */
export class VisitorFrom extends Visitor {
  address: string

  constructor(origin: string, address: string) {
    super(origin)
    this.address = address
  }

  override request(path: string, sent: Parameters<Visitor['request']>[1] = {}): ReturnType<Visitor['request']> {
    return super.request(path, { ...sent, headers: { 'x-forwarded-for': this.address, ...sent.headers } })
  }

  /** A route under /api/mobile, as an app sends it: without what a browser would add by itself. */
  mobile(path: string, body: object): ReturnType<Visitor['request']> {
    const headers = { cookie: null, origin: null, 'sec-fetch-site': null }
    return this.request(`/api/mobile/${path}`, { method: 'POST', body, headers })
  }
}
