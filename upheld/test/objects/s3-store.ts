import { createHash, randomBytes } from 'node:crypto'

/** What S3 answers: an XML body for what it tells and refuses, bytes for an object. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

export interface Asked {
  readonly method: string
  readonly key: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

interface Stored {
  readonly bytes: Buffer
  readonly etag: string
  readonly mark: string
}

interface Upload {
  readonly key: string
  readonly mark: string
  readonly parts: Map<number, { readonly bytes: Buffer; readonly etag: string }>
}

const partBytesMin = 5 * 1024 * 1024

/** One bucket in memory, as S3's API describes it: the eight requests that a store of blobs needs, and their refusals. */
export interface S3Store {
  readonly objects: Map<string, Stored>
  readonly uploads: Map<string, Upload>
  answer(asked: Asked): Answer
}

export function s3Store(pageMax: number): S3Store {
  const objects = new Map<string, Stored>()
  const uploads = new Map<string, Upload>()
  const store = (key: string, stored: Stored, headers: Asked['headers']): Answer | undefined => {
    if (headers['if-none-match'] === '*' && objects.has(key)) return refusal(412, 'PreconditionFailed')
    objects.set(key, stored)
    return undefined
  }
  const answer = (asked: Asked): Answer => {
    const { method, key, query, headers, body } = asked
    const mark = String(headers['x-amz-meta-mark'] ?? '')
    if (key === '') return method === 'HEAD' ? { status: 200 } : list(objects, query, pageMax)
    const id = query.get('uploadId')
    if (method === 'POST' && query.has('uploads')) {
      const made = randomBytes(16).toString('hex')
      uploads.set(made, { key, mark, parts: new Map() })
      return xml(`<InitiateMultipartUploadResult><UploadId>${made}</UploadId></InitiateMultipartUploadResult>`)
    }
    if (id !== null) {
      const upload = uploads.get(id)
      if (upload?.key !== key) return refusal(404, 'NoSuchUpload')
      if (method === 'DELETE') return uploads.delete(id) ? { status: 204 } : refusal(404, 'NoSuchUpload')
      if (method === 'PUT') return takePart(upload, Number(query.get('partNumber')), body)
      const whole = assemble(upload, body.toString())
      if ('status' in whole) return whole
      const refused = store(key, { ...whole, mark: upload.mark }, headers)
      if (refused !== undefined) return refused
      uploads.delete(id)
      return xml(`<CompleteMultipartUploadResult><ETag>${whole.etag}</ETag></CompleteMultipartUploadResult>`)
    }
    if (method === 'PUT') {
      const etag = etagOf(body)
      return store(key, { bytes: body, etag, mark }, headers) ?? { status: 200, headers: { etag } }
    }
    if (method === 'DELETE') {
      objects.delete(key)
      return { status: 204 }
    }
    const found = objects.get(key)
    return found === undefined ? refusal(404, 'NoSuchKey') : read(found, asked)
  }
  return { objects, uploads, answer }
}

export function refusal(status: number, code: string): Answer {
  return xml(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`, status)
}

function takePart({ parts }: Upload, number: number, bytes: Buffer): Answer {
  if (!Number.isInteger(number) || number < 1 || number > 10_000) return refusal(400, 'InvalidArgument')
  const etag = etagOf(bytes)
  parts.set(number, { bytes: Buffer.from(bytes), etag })
  return { status: 200, headers: { etag } }
}

/** The parts that are named, in rising order, each with its tag, none but the last below 5 MiB. */
function assemble({ parts }: Upload, body: string): Answer | { readonly bytes: Buffer; readonly etag: string } {
  const named = [...body.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => ({
    number: Number(/<PartNumber>(\d+)</.exec(part)?.[1]),
    etag: (/<ETag>(.*?)</.exec(part)?.[1] ?? '').replaceAll('&quot;', '"'),
  }))
  if (named.length === 0) return refusal(400, 'MalformedXML')
  const chosen: Buffer[] = []
  let before = 0
  for (const [index, { number, etag }] of named.entries()) {
    const part = parts.get(number)
    if (part?.etag !== etag) return refusal(400, 'InvalidPart')
    if (number <= before) return refusal(400, 'InvalidPartOrder')
    if (index < named.length - 1 && part.bytes.length < partBytesMin) return refusal(400, 'EntityTooSmall')
    before = number
    chosen.push(part.bytes)
  }
  const bytes = Buffer.concat(chosen)
  return { bytes, etag: `"${createHash('md5').update(bytes).digest('hex')}-${named.length}"` }
}

function read({ bytes, etag, mark }: Stored, { method, headers }: Asked): Answer {
  const known = { etag, 'x-amz-meta-mark': mark, 'accept-ranges': 'bytes' }
  if (headers['if-match'] !== undefined && headers['if-match'] !== etag) return refusal(412, 'PreconditionFailed')
  if (method === 'HEAD') return { status: 200, headers: { ...known, 'content-length': String(bytes.length) } }
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(String(headers['range'] ?? '')) ?? []
  if (from === undefined) return { status: 200, headers: known, body: bytes }
  const [start, end] = [Number(from), Math.min(Number(to) + 1, bytes.length)]
  if (start >= bytes.length) return refusal(416, 'InvalidRange')
  const headersOfPart = { ...known, 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` }
  return { status: 206, headers: headersOfPart, body: bytes.subarray(start, end) }
}

function list(objects: ReadonlyMap<string, Stored>, query: URLSearchParams, pageMax: number): Answer {
  if (query.get('list-type') !== '2') return refusal(400, 'InvalidArgument')
  const after = Buffer.from(query.get('continuation-token') ?? '', 'base64').toString()
  const keys = [...objects.keys()].filter(key => key.startsWith(query.get('prefix') ?? '') && key > after).sort()
  const page = keys.slice(0, Math.min(pageMax, Number(query.get('max-keys') ?? pageMax)))
  const token = Buffer.from(page.at(-1) ?? '').toString('base64')
  const more = keys.length > page.length
  return xml(
    `<ListBucketResult><IsTruncated>${more}</IsTruncated>${more ? `<NextContinuationToken>${token}</NextContinuationToken>` : ''}
      ${page.map(key => `<Contents><Key>${key}</Key><Size>${objects.get(key)?.bytes.length ?? 0}</Size></Contents>`).join('')}
    </ListBucketResult>`,
  )
}

function xml(body: string, status = 200): Answer {
  return {
    status,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  }
}

function etagOf(bytes: Buffer): string {
  return `"${createHash('md5').update(bytes).digest('hex')}"`
}
