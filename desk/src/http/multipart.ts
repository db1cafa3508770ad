import { refuse } from '../errors.ts'

/** A form with a file, RFC 7578, read as it comes: fields first, then one file, then the end. */
export interface Sent {
  /** A name given twice becomes a list, which no schema takes. */
  readonly fields: Readonly<Record<string, unknown>>
  /** Undefined when no file was chosen. Its bytes are read once, and end in an error when the form is cut. */
  readonly file: SentFile | undefined
}

export interface SentFile {
  readonly name: string
  readonly contentType: string
  readonly bytes: AsyncIterable<Uint8Array>
}

const fieldsMax = 20
const fieldBytesMax = 16 * 1024
const headerBytesMax = 4096
const boundaryForm = /^multipart\/form-data;\s*boundary=(?:"([^"\r\n]{1,70})"|([\w'()+,./:=?-]{1,70}))$/i

/** @throws desk.not_a_file_form for another type, a form that is cut, and one whose file is not at its end */
export async function sentOf(request: Request): Promise<Sent> {
  const [, quoted, plain] = boundaryForm.exec(request.headers.get('content-type') ?? '') ?? []
  const boundary = quoted ?? plain
  if (boundary === undefined || request.body === null) throw refuse.not_a_file_form()
  const reader = readerOf(request.body, Buffer.from(`\r\n--${boundary}`))
  await reader.begin(`--${boundary}`)
  const fields = new Map<string, unknown>()
  while (!(await reader.atEnd())) {
    const { name, fileName, contentType } = partOf(await reader.until('\r\n\r\n', headerBytesMax))
    if (fileName !== undefined) {
      const bytes = reader.rest()
      if (fileName !== '') return { fields: Object.fromEntries(fields), file: { name: fileName, contentType, bytes } }
      // Nothing was chosen: an empty part with an empty name.
      for await (const piece of bytes) if (piece.length > 0) throw refuse.not_a_file_form()
      break
    }
    const value = (await reader.field(fieldBytesMax)).toString()
    fields.set(name, fields.has(name) ? [fields.get(name), value] : value)
    if (fields.size > fieldsMax) throw refuse.not_a_file_form()
  }
  return { fields: Object.fromEntries(fields), file: undefined }
}

interface Reader {
  begin(line: string): Promise<void>
  /** After a boundary: true when it was the last one, false when a part follows. */
  atEnd(): Promise<boolean>
  until(mark: string, most: number): Promise<Buffer>
  field(most: number): Promise<Buffer>
  /** What is left up to the last boundary. */
  rest(): AsyncIterable<Uint8Array>
}

function readerOf(body: ReadableStream<Uint8Array>, boundary: Buffer): Reader {
  const pieces = body[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)
  const more = async (): Promise<void> => {
    const next = await pieces.next()
    if (next.done === true) throw refuse.not_a_file_form()
    held = Buffer.concat([held, next.value])
  }
  const take = (size: number): Buffer => {
    const taken = held.subarray(0, size)
    held = held.subarray(size)
    return taken
  }
  const upTo = async (mark: Buffer, most: number): Promise<Buffer> => {
    for (let at = held.indexOf(mark); ; at = held.indexOf(mark)) {
      if (at > most || (at < 0 && held.length > most + mark.length)) throw refuse.not_a_file_form()
      if (at < 0) {
        await more()
        continue
      }
      const taken = take(at)
      take(mark.length)
      return taken
    }
  }
  const atEnd = async (): Promise<boolean> => {
    while (held.length < 2) await more()
    const two = take(2).toString('latin1')
    if (two !== '--' && two !== '\r\n') throw refuse.not_a_file_form()
    return two === '--'
  }
  return {
    atEnd,
    async begin(line) {
      while (held.length < line.length) await more()
      if (take(line.length).toString('latin1') !== line) throw refuse.not_a_file_form()
    },
    until: (mark, most) => upTo(Buffer.from(mark), most),
    field: most => upTo(boundary, most),
    async *rest() {
      try {
        for (let at = held.indexOf(boundary); at < 0; at = held.indexOf(boundary)) {
          // The beginning of a boundary may be at the end of what came.
          if (held.length >= boundary.length) yield take(held.length - boundary.length + 1)
          await more()
        }
        yield take(held.indexOf(boundary))
        take(boundary.length)
        if (!(await atEnd())) throw refuse.not_a_file_form()
      } finally {
        await pieces.return?.()
      }
    },
  }
}

function partOf(header: Buffer): {
  readonly name: string
  readonly fileName: string | undefined
  readonly contentType: string
} {
  const lines = header.toString().split('\r\n')
  const valueOf = (wanted: string): string =>
    lines
      .find(line => line.toLowerCase().startsWith(`${wanted}:`))
      ?.slice(wanted.length + 1)
      .trim() ?? ''
  const disposition = valueOf('content-disposition')
  const name = /; name="([^"]*)"/i.exec(disposition)?.[1]
  if (!/^form-data;/i.test(disposition) || name === undefined) throw refuse.not_a_file_form()
  const type = valueOf('content-type').toLowerCase()
  return {
    name,
    fileName: fileNameIn(disposition),
    contentType: /^[a-z0-9]+\/[a-z0-9.+-]{1,60}$/.test(type) ? type : 'application/octet-stream',
  }
}

/** As browsers write it: quotes and line breaks as %22, %0D and %0A. A folder or a control character says nothing here. */
function fileNameIn(disposition: string): string | undefined {
  const [, written] = /; filename="([^"]*)"/i.exec(disposition) ?? []
  const plain = written
    ?.replaceAll('%22', '"')
    .replaceAll(/%0[AD]/gi, ' ')
    .replaceAll(/\p{Cc}/gu, ' ')
  return plain?.toWellFormed().split(/[/\\]/).at(-1)?.trim().slice(-255).toWellFormed()
}
