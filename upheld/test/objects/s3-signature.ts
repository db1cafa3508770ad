import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { crc32 } from 'node:zlib'

/** Who may ask, as a store knows them. */
export interface Account {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly region: string
}

const form =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/
const skewMsMax = 15 * 60 * 1000

/**
 * What is wrong with the signature of a request, as S3's error code; undefined when nothing is. Signature version 4 as the
 * guide of S3's API describes it (canonical request, string to sign, derived key), with a payload that is signed whole:
 * that is how the client sends what it holds in memory. Whatever it does not understand it refuses.
 */
export function wrongWith(request: IncomingMessage, body: Buffer, account: Account, now: Date): string | undefined {
  const [, id, day = '', region = '', signed = '', signature = ''] =
    form.exec(request.headers.authorization ?? '') ?? []
  if (id === undefined) return 'AccessDenied'
  if (id !== account.accessKeyId) return 'InvalidAccessKeyId'
  const date = headerOf(request, 'x-amz-date')
  if (!date.startsWith(day) || region !== account.region) return 'SignatureDoesNotMatch'
  if (Math.abs(timeOf(date) - now.getTime()) > skewMsMax) return 'RequestTimeTooSkewed'
  const names = signed.split(';')
  const unsigned = Object.keys(request.headers).filter(
    name => /^(host|x-amz-|content-md5)/.test(name) && !names.includes(name),
  )
  if (unsigned.length > 0 || !names.includes('host')) return 'AccessDenied'
  const payload = headerOf(request, 'x-amz-content-sha256')
  if (payload !== sha256(body)) return 'XAmzContentSHA256Mismatch'
  const sum = request.headers['x-amz-checksum-crc32']
  if (sum !== undefined && sum !== crcOf(body)) return 'BadDigest'
  const canonical = [
    request.method,
    new URL(request.url ?? '/', 'http://store').pathname,
    canonicalQuery(request.url ?? ''),
    ...names.map(name => `${name}:${headerOf(request, name).trim().replaceAll(/ +/g, ' ')}`),
    '',
    signed,
    payload,
  ].join('\n')
  const scope = `${day}/${region}/s3/aws4_request`
  const text = ['AWS4-HMAC-SHA256', date, scope, sha256(Buffer.from(canonical))].join('\n')
  const key = [day, region, 's3', 'aws4_request'].reduce<Buffer>(hmac, Buffer.from(`AWS4${account.secretAccessKey}`))
  return timingSafeEqual(hmac(key, text), Buffer.from(signature, 'hex')) ? undefined : 'SignatureDoesNotMatch'
}

function canonicalQuery(url: string): string {
  return [...new URL(url, 'http://store').searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&')
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, mark => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
}

function headerOf(request: IncomingMessage, name: string): string {
  return String(request.headers[name] ?? '')
}

function timeOf(date: string): number {
  return Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function crcOf(bytes: Buffer): string {
  const four = Buffer.alloc(4)
  four.writeUInt32BE(crc32(bytes))
  return four.toString('base64')
}
