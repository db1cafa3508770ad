import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { quoted, type CertificateSeen } from '../seen.ts'
import { ruleOn, type OutsideHit, type OutsideRule } from '../rule.ts'
import { troubleWords } from '../errors.ts'

const claim = 'tls.only'
const dayMs = 86_400_000
const expiryDaysNoted = 14
const rsaBitsMin = 2048
const curvesTooSmall = /^(secp1\d\d|secp2(0\d|24)|prime192|sect(1|2[0-2]))/

export const tlsRules: readonly OutsideRule[] = [
  ruleOn('tls', {
    id: 'tls.old-version',
    claim,
    severity: 'high',
    title: 'TLS 1.0 or 1.1 is still offered',
    why: 'Somebody in between can make a connection fall back to a version whose protection has been broken since 2011.',
    *check(outcomes) {
      for (const version of ['TLSv1.1', 'TLSv1'] as const) {
        const outcome = outcomes.get(version)
        const place = { kind: 'address' as const, label: nameOf(version) }
        if (outcome?.is === 'offered') {
          yield { place, saw: `A handshake in ${nameOf(version)} succeeds.`, mend: ['Offer TLS 1.2 and 1.3 only.'] }
        } else if (outcome?.is !== 'refused') {
          const why = outcome === undefined ? 'Nobody tried.' : troubleWords(outcome.trouble)
          yield { place, saw: `${nameOf(version)}: ${why}`, mend: [], unproven: true }
        }
      }
    },
  }),
  ruleOn('tls', {
    id: 'tls.no-new-version',
    claim,
    severity: 'low',
    title: 'TLS 1.3 is not offered',
    why: 'TLS 1.2 alone still allows suites without forward secrecy: who records the traffic now may read it once the key is lost.',
    *check(outcomes) {
      const outcome = outcomes.get('TLSv1.3')
      const place = { kind: 'address' as const, label: 'TLS 1.3' }
      if (outcome?.is === 'refused') {
        const current = outcomes.get('TLSv1.2')?.is === 'offered'
        const saw = current ? 'TLS 1.2 is the newest that is spoken.' : 'Neither TLS 1.3 nor TLS 1.2 is spoken.'
        yield { place, saw, mend: ['Offer TLS 1.3 beside TLS 1.2.'], ...(current ? {} : { severity: 'high' as const }) }
      } else if (outcome?.is === 'unseen') {
        yield { place, saw: `TLS 1.3: ${troubleWords(outcome.trouble)}`, mend: [], unproven: true }
      }
    },
  }),
  ruleOn('certificate', {
    id: 'tls.untrusted',
    claim,
    severity: 'high',
    title: 'The certificate leads to no trusted authority',
    why: 'A browser cannot tell this server from somebody in between. People who learn to click the warning away are open to anybody.',
    *check(seen) {
      // That it has run out is said by a rule of its own.
      if (seen.distrust === undefined || /EXPIRED|NOT_YET_VALID/.test(seen.distrust)) return
      const own = /SELF_SIGNED/.test(seen.distrust)
      yield hit(
        seen,
        own
          ? `It is signed by nobody but itself or its own authority (${seen.distrust}).`
          : `The chain does not hold: ${seen.distrust}.`,
        [
          'Get a certificate from a public authority, such as by ACME.',
          'Let the server send the certificates between it and that authority too.',
        ],
      )
    },
  }),
  ruleOn('certificate', {
    id: 'tls.wrong-name',
    claim,
    severity: 'high',
    title: 'The certificate names another host',
    why: 'A browser cannot tell this server from somebody in between who shows a certificate of any other name.',
    *check(seen) {
      if (isNamed(seen)) return
      const names = quoted(seen.certificate.subjectAltName ?? 'no name at all')
      yield hit(seen, `It is for ${names}, and not for ${seen.host}.`, [`Get a certificate that names ${seen.host}.`])
    },
  }),
  ruleOn('certificate', {
    id: 'tls.expiry',
    claim,
    severity: 'high',
    title: 'The certificate is out of its time, or soon will be',
    why: 'When it has run out every browser shows a warning in place of the page, and people learn to click it away.',
    *check(seen) {
      const { certificate, at } = seen
      const from = certificate.validFromDate
      const to = certificate.validToDate
      const mend = ['Renew it, and let a program do so from now on.']
      if (to.getTime() < at.getTime()) yield hit(seen, `It ran out on ${day(to)}.`, mend)
      else if (from.getTime() > at.getTime())
        yield hit(seen, `It is not valid before ${day(from)}.`, ['Set the clocks right.'])
      else if (to.getTime() - at.getTime() < expiryDaysNoted * dayMs)
        yield { ...hit(seen, `It runs out on ${day(to)}.`, mend), severity: 'medium' }
    },
  }),
  ruleOn('certificate', {
    id: 'tls.weak-key',
    claim,
    severity: 'high',
    title: 'The key or the signature of the certificate is too weak',
    why: 'A key of this size can be worked out from what is public, and a certificate signed this way can be forged.',
    *check(seen) {
      const weak = weaknessOf(seen.certificate)
      if (weak !== undefined) yield hit(seen, weak, ['Get a certificate with an ECDSA P-256 key, signed with SHA-256.'])
    },
  }),
]

function hit({ host }: CertificateSeen, saw: string, mend: readonly string[]): OutsideHit {
  return { place: { kind: 'certificate', label: host }, saw, mend }
}

function nameOf(version: string): string {
  return version === 'TLSv1' ? 'TLS 1.0' : version.replace('TLSv', 'TLS ')
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10)
}

function isNamed({ certificate, host }: CertificateSeen): boolean {
  return (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined
}

function weaknessOf(certificate: X509Certificate): string | undefined {
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey
  const bits = asymmetricKeyDetails?.modulusLength
  const curve = asymmetricKeyDetails?.namedCurve
  if (asymmetricKeyType === 'dsa') return 'Its key is a DSA key, which no browser takes.'
  if (bits !== undefined && bits < rsaBitsMin) return `Its RSA key has ${bits} bits, and ${rsaBitsMin} are the least.`
  if (curve !== undefined && curvesTooSmall.test(curve)) return `Its key is on the curve ${curve}, which is too small.`
  const signed = certificate.signatureAlgorithm ?? ''
  return /md5|sha1(?!\d)/i.test(signed) ? `It is signed with ${signed}.` : undefined
}
