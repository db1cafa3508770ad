/** What one look may cost, here and there. */
export interface Limits {
  /** For one answer, from opening its connection to its last byte. */
  readonly answerMsMax: number
  /** For everything; questions that are left are not asked any more. */
  readonly lookMsMax: number
  /** Of one body, after it was unpacked; the rest is left with the server. */
  readonly bodyBytesMax: number
  /** From the address that was given to its start page. */
  readonly redirectsMax: number
}

export const limitsUsual: Limits = Object.freeze({
  answerMsMax: 10_000,
  lookMsMax: 45_000,
  bodyBytesMax: 1_048_576,
  redirectsMax: 5,
})

/** Of all header lines of one answer. */
export const headerBytesMax = 65_536

/** Of security.txt: RFC 9116 knows redirects, and says to distrust those that leave the host. */
export const fileRedirectsMax = 3
