export interface PageHeadersOptions {
  /** Whether forms may be sent to this origin. The trust page has none. */
  readonly forms: 'none' | 'self'
  /** Whether files of this origin may run as scripts, and ask this origin for more. One page does. */
  readonly scripts?: 'none' | 'self'
}

/**
 * Content-Security-Policy of a page that needs nothing but our style sheet and fonts: no script unless it asks for our
 * own, nothing inline, nothing from another origin, no framing.
 */
export function contentPolicy(options: PageHeadersOptions): string {
  return [
    "default-src 'none'",
    ...(options.scripts === 'self'
      ? ["script-src 'self'", "connect-src 'self'", "require-trusted-types-for 'script'"]
      : []),
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self'",
    `form-action '${options.forms}'`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** Security headers of every page, refusals included. Transport security belongs to whoever ends TLS. */
export function pageHeaders(options: PageHeadersOptions): Readonly<Record<string, string>> {
  return Object.freeze({
    'content-security-policy': contentPolicy(options),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    // A form's origin check needs the referrer's origin; a page without forms tells nobody where its reader came from.
    'referrer-policy': options.forms === 'self' ? 'same-origin' : 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  })
}
