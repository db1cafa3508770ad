import {
  buildClient,
  CommitmentPolicy,
  RawAesKeyringNode,
  RawAesWrappingSuiteIdentifier,
} from '@aws-crypto/client-node'
import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { newOrganizationId } from '../upheld/src/core/ids.ts'
import type { DataKey } from '../upheld/src/foundation/vault/index.ts'
import { vaultStage, type VaultStage } from '../upheld/test/vault/stage.ts'
import { contest, seeded, type Contestant, type Score, type Sizes } from './harness.ts'

export interface VaultResult {
  readonly what: string
  readonly scores: readonly Score[]
}

/** One way to seal a text for one cell. */
interface Way {
  readonly name: string
  seal(text: string, row: string): Promise<Uint8Array> | Uint8Array
  open(sealed: Uint8Array, row: string): Promise<string> | string
}

/** More than the vault keeps opened, so that each is opened anew. */
const cellsUsual = 4_096
const table = 'desk.integration'
const column = 'token'
const organization = newOrganizationId()

/** Texts of 64 bytes in cells of their own: sealed, opened, and opened again while the vault still has them. */
export async function vaultBench(sizes: Sizes, cells = cellsUsual): Promise<readonly VaultResult[]> {
  const stage = vaultStage()
  try {
    const next = seeded(7)
    const texts = Array.from({ length: cells }, () => Array.from({ length: 64 }, () => base64(next())).join(''))
    const rows = Array.from(
      { length: cells },
      (_, at) => `0192f0c1-7c3e-7b3a-8c1d-${at.toString(16).padStart(12, '0')}`,
    )
    const key = await stage.vault.dataKey(organization, `table:${table}`)
    const ways = [ours(stage), plainReading(key), awsSdk()]
    await oneOpensTheOther(ways[0], ways[1])
    const seals = await contest(
      ways.map(way => sealing(way, texts, rows)),
      sizes,
    )
    const opens = await contest(await Promise.all(ways.map(way => opening(way, texts, rows))), sizes)
    const hot = await contest([await again(ours(stage), texts, rows)], sizes)
    return [
      { what: 'seal 64 bytes', scores: seals },
      { what: 'open 64 bytes', scores: opens },
      { what: 'open 64 bytes again', scores: hot },
    ]
  } finally {
    stage.close()
  }
}

function base64(luck: number): string {
  return 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.charAt(Math.floor(luck * 64))
}

/** Or the pair would not be one. */
async function oneOpensTheOther(...[own, plain]: (Way | undefined)[]): Promise<void> {
  for (const [sealer, opener] of [
    [own, plain],
    [plain, own],
  ]) {
    const sealed = await sealer?.seal('of the other', 'row')
    if (sealed === undefined || (await opener?.open(sealed, 'row')) !== 'of the other')
      throw new Error('The two ways do not open what the other sealed.')
  }
}

const at = <T>(list: readonly T[], index: number): T => {
  const found = list[index % list.length]
  if (found === undefined) throw new Error('an empty list')
  return found
}

/** What was sealed is opened once, after the last round, in the same order by all: the answer says whether it was right. */
function sealing(way: Way, texts: readonly string[], rows: readonly string[]): Contestant {
  let checked = 0
  return {
    name: way.name,
    async run(index) {
      const sealed = await way.seal(at(texts, index), at(rows, index))
      // One in two thousand, or it would be a bench of opening.
      if (checked++ % 2_000 !== 0) return ''
      return way.open(sealed, at(rows, index))
    },
  }
}

async function opening(way: Way, texts: readonly string[], rows: readonly string[]): Promise<Contestant> {
  const sealed: Uint8Array[] = []
  for (const [index, text] of texts.entries()) sealed.push(await way.seal(text, at(rows, index)))
  let count = 0
  return {
    name: way.name,
    async run() {
      const index = count++
      return way.open(at(sealed, index), at(rows, index))
    },
  }
}

/** Few enough that the vault still has all of them. */
async function again(way: Way, texts: readonly string[], rows: readonly string[]): Promise<Contestant> {
  const few = texts.slice(0, 256)
  const sealed: Uint8Array[] = []
  for (const [index, text] of few.entries()) sealed.push(await way.seal(text, at(rows, index)))
  return {
    name: way.name,
    async run(index) {
      return way.open(at(sealed, index), at(rows, index % few.length))
    },
  }
}

function ours({ vault }: VaultStage): Way {
  return {
    name: 'upheld',
    seal: (text, row) => vault.seal(organization, { table, column, row }, text),
    open: async (sealed, row) => (await vault.open(organization, { table, column, row }, sealed)).reveal(),
  }
}

/**
 * The same envelope, as its specification reads: one opens what the other sealed. No checks of words, no keys to look
 * up, nothing kept.
 */
function plainReading({ key, id }: DataKey): Way {
  const header = Buffer.concat([Buffer.from([1, 1, 0, 1]), Buffer.from(id, 'hex')])
  const derive = (salt: Uint8Array, row: string): Buffer => {
    const words = ['upheld/kv1', 'stage', organization, table, column, row, '', '']
    const context = words.flatMap(word => [lengthOf(word), Buffer.from(word)])
    const label = Buffer.from('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0')
    const info = Buffer.concat([label, salt, Buffer.from([9]), ...context, lengthOf(header), header])
    const first = createHmac('sha512', key)
      .update(info)
      .update(Buffer.from([1]))
      .digest()
    const second = createHmac('sha512', key)
      .update(first)
      .update(info)
      .update(Buffer.from([2]))
      .digest()
    return Buffer.concat([first, second])
  }
  return {
    name: 'plain reading',
    seal(text, row) {
      const salt = randomBytes(24)
      const derived = derive(salt, row)
      const cipher = createCipheriv('aes-256-gcm', derived.subarray(0, 32), derived.subarray(32, 44))
      const body = cipher.update(text, 'utf8')
      return Buffer.concat([header, salt, derived.subarray(44, 76), body, cipher.final(), cipher.getAuthTag()])
    },
    open(sealed, row) {
      const derived = derive(sealed.subarray(12, 36), row)
      if (!timingSafeEqual(derived.subarray(44, 76), sealed.subarray(36, 68))) throw new Error('another commitment')
      const [cipherKey, nonce] = [derived.subarray(0, 32), derived.subarray(32, 44)]
      const decipher = createDecipheriv('aes-256-gcm', cipherKey, nonce, { authTagLength: 16 })
      decipher.setAuthTag(sealed.subarray(-16))
      return decipher.update(sealed.subarray(68, -16), undefined, 'utf8') + decipher.final('utf8')
    },
  }
}

function lengthOf(word: string | Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(Buffer.byteLength(word))
  return length
}

/** With a key in memory, as ours: what a key service costs is in neither. */
function awsSdk(): Way {
  const { encrypt, decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
  const keyring = new RawAesKeyringNode({
    keyName: 'bench',
    keyNamespace: 'upheld',
    unencryptedMasterKey: randomBytes(32),
    wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  })
  const contextOf = (row: string): Record<string, string> => ({ deployment: 'stage', organization, table, column, row })
  return {
    name: 'AWS Encryption SDK',
    seal: async (text, row) => (await encrypt(keyring, text, { encryptionContext: contextOf(row) })).result,
    async open(sealed, row) {
      const { plaintext, messageHeader } = await decrypt(keyring, Buffer.from(sealed))
      if (Object.entries(contextOf(row)).some(([name, word]) => messageHeader.encryptionContext[name] !== word))
        throw new Error('another context')
      return plaintext.toString('utf8')
    },
  }
}
