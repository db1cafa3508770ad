/** Browsers name it over TLS and on the loopback address alone. `br;q=0` is a refusal. */
export function takesBrotli(request: Request): boolean {
  const given = (request.headers.get('accept-encoding') ?? '').split(',')
  return given.some(one => /^\s*br\s*(;\s*q\s*=\s*(1|0\.\d*[1-9]).*)?$/i.test(one))
}
