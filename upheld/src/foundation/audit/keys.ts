import { hkdfSync } from 'node:crypto'
import { assert } from '../../core/errors.ts'
import { parseSignerKey, signerKeyFromSeed } from '../../core/transparency/index.ts'
import type { NoteSigner } from '../../core/transparency/index.ts'

const label = 'upheld/log-key@v1'
const seedBytes = 32
const rememberedMax = 20_000

/** The signers of all logs of a deployment. */
export interface LogKeys {
  /** The newest epoch: the number of seeds. New heads are signed with it. */
  readonly epoch: number
  /** The signer of a log in an epoch from 1 to the newest. The same seed gives the same key for ever. */
  signer(origin: string, epoch?: number): NoteSigner
}

/**
 * One Ed25519 key for each origin and epoch, HKDF-SHA-256 (RFC 5869) from the seed of that epoch: one small secret to
 * keep, whatever the number of organizations, and no key of one log says anything about another's. The first seed is
 * epoch 1; a rotation adds one, and the earlier ones stay for the heads that they signed.
 */
export function logKeys(seeds: readonly Buffer[]): LogKeys {
  assert(seeds.length > 0 && seeds.every(seed => seed.length === seedBytes), 'a seed of the log keys has 32 bytes')
  const remembered = new Map<string, NoteSigner>()
  return Object.freeze({
    epoch: seeds.length,
    signer(origin: string, epoch = seeds.length) {
      const place = `${epoch} ${origin}`
      const known = remembered.get(place)
      if (known !== undefined) return known
      const seed = seeds[epoch - 1]
      assert(seed !== undefined, 'every epoch that signed has a seed')
      const own = Buffer.from(hkdfSync('sha256', seed, Buffer.alloc(0), `${label}\n${epoch}\n${origin}`, seedBytes))
      const signer = parseSignerKey(signerKeyFromSeed(origin, own))
      if (remembered.size >= rememberedMax) remembered.clear()
      remembered.set(place, signer)
      return signer
    },
  })
}
