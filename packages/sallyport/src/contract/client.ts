/** Who is asking, as the host saw it on the connection. Goes into the audit log, never into a decision to let someone in. */
export interface Client {
  /** The address of the peer, from the socket or from a proxy that is configured as trusted. */
  readonly ip: string
  readonly userAgent: string
  /** The id under which the host's own logs know this request, when it has one. */
  readonly traceId?: string
}
