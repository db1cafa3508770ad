import type { Database } from '../../core/ports.ts'
import { consistencyProof, subtreesOf } from '../../core/transparency/index.ts'
import type { Cosignature, NoteVerifier } from '../../core/transparency/index.ts'
import { keepCosignature, keepRefusal, readCosignatures, settleRefusal } from '../evidence/index.ts'
import type { LogView, Refused } from '../evidence/index.ts'
import type { WitnessedLog } from './push.ts'

/**
 * The evidence log as it shows itself to witnesses, over the login of the prover. `read` verifies all of it each time: a
 * head that does not hold is shown to nobody.
 */
export function evidenceLog(db: Database, key: NoteVerifier, read: () => Promise<LogView>): Required<WitnessedLog> {
  return Object.freeze({
    key,
    async head() {
      const { size, checkpoint, tree } = await read()
      return {
        size,
        checkpoint,
        proof: async (oldSize: number) => consistencyProof(subtreesOf(tree), oldSize, size),
      }
    },
    async sizeAt(witness: NoteVerifier) {
      const all = await readCosignatures(db, key)
      return all.find(({ cosignature }) => cosignature.witness.encoded === witness.encoded)?.size ?? 0
    },
    async keep(size: number, checkpoint: string, cosignature: Cosignature) {
      await keepCosignature(db, { size, checkpoint, cosignature })
      await settleRefusal(db, cosignature.witness.encoded)
    },
    refused: (refused: Refused) => keepRefusal(db, refused),
  })
}
