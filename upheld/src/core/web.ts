/** A request to an address that somebody else named. No redirect is ever followed. */
export interface WebRequest {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal?: AbortSignal
}

/** Calls to the outside that cannot be turned inwards: as a port, so that whoever needs them brings no client along. */
export interface Web {
  /** The same address, once it may be called. @throws web.address_refused, web.unreachable */
  judge(address: string): Promise<URL>
  /** Judged again, and called at the very address that was judged. @throws as judge, web.too_big, web.unreachable */
  call(address: string, request: WebRequest): Promise<Response>
}
