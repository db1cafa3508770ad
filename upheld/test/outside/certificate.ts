import { createPrivateKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import { isIPv4 } from 'node:net'

// X.509 certificates for tests, written byte by byte: neither a package nor a program of the system is needed.

export interface Certified {
  readonly key: string
  readonly cert: string
}

interface Wanted {
  /** Host names and IPv4 addresses. */
  readonly names: readonly string[]
  readonly notBefore?: Date
  readonly notAfter?: Date
  readonly rsaBits?: number
  readonly hash?: 'sha256' | 'sha1'
  readonly authority?: boolean
}

type Bytes = Buffer

function tlv(tag: number, ...parts: readonly Bytes[]): Bytes {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

const sequence = (...parts: readonly Bytes[]): Bytes => tlv(0x30, ...parts)
const bits = (content: Bytes): Bytes => tlv(0x03, Buffer.from([0]), content)
const octets = (content: Bytes): Bytes => tlv(0x04, content)
const truth = tlv(0x01, Buffer.from([0xff]))

function oid(text: string): Bytes {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  const bytes = [first * 40 + second]
  for (const part of rest) {
    const groups = [part & 0x7f]
    for (let left = part >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80)
    bytes.push(...groups)
  }
  return tlv(0x06, Buffer.from(bytes))
}

function time(date: Date): Bytes {
  return tlv(0x18, Buffer.from(`${date.toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`))
}

function distinguished(name: string): Bytes {
  return sequence(tlv(0x31, sequence(oid('2.5.4.3'), tlv(0x0c, Buffer.from(name)))))
}

const algorithms = {
  'ec sha256': sequence(oid('1.2.840.10045.4.3.2')),
  'ec sha1': sequence(oid('1.2.840.10045.4.1')),
  'rsa sha256': sequence(oid('1.2.840.113549.1.1.11'), tlv(0x05)),
  'rsa sha1': sequence(oid('1.2.840.113549.1.1.5'), tlv(0x05)),
}

function extensions({ names, authority }: Wanted): Bytes {
  const alternatives = names.map(name =>
    isIPv4(name) ? tlv(0x87, Buffer.from(name.split('.').map(Number))) : tlv(0x82, Buffer.from(name)),
  )
  return tlv(
    0xa3,
    sequence(
      sequence(oid('2.5.29.19'), truth, octets(authority === true ? sequence(truth) : sequence())),
      ...(alternatives.length === 0 ? [] : [sequence(oid('2.5.29.17'), octets(sequence(...alternatives)))]),
    ),
  )
}

function pem(der: Bytes): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

const dayMs = 86_400_000

/** A certificate of these names, signed by an authority or, without one, by its own key. */
export function certify(wanted: Wanted, issuer?: Certified): Certified {
  const { publicKey, privateKey } =
    wanted.rsaBits === undefined
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: wanted.rsaBits })
  const signer: KeyObject = issuer === undefined ? privateKey : createPrivateKey(issuer.key)
  const hash = wanted.hash ?? 'sha256'
  const algorithm = algorithms[`${signer.asymmetricKeyType === 'rsa' ? 'rsa' : 'ec'} ${hash}`]
  const subject = distinguished(wanted.authority === true ? authorityName : (wanted.names[0] ?? 'nobody'))
  const now = Date.now()
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.from([1, ...randomBytes(8)])),
    algorithm,
    issuer === undefined ? subject : distinguished(authorityName),
    sequence(time(wanted.notBefore ?? new Date(now - dayMs)), time(wanted.notAfter ?? new Date(now + 90 * dayMs))),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    extensions(wanted),
  )
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    cert: pem(sequence(body, algorithm, bits(sign(hash, body, signer)))),
  }
}

const authorityName = 'Authority of a test'

/** An authority that nobody but a test trusts. */
export function testAuthority(): Certified {
  return certify({ names: [], authority: true })
}
