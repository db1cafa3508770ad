import { z } from 'zod'
import { digestOf, type JsonObject } from '../../core/json.ts'
import type { Claim, Probe } from './claim.ts'
import { sourceDigest } from './source.ts'

/**
 * Everything that a claim says and does, as data: its code stands in it as a digest, so that no path of a machine does.
 * @throws claims.source_missing
 */
export function claimDefinition(definition: Claim): JsonObject {
  if (definition.kind !== 'proven') return asData(definition)
  const { probe, instruments, sabotages, ...rest } = definition
  const codeOf = ({ says, source }: Probe) => ({ says, code: sourceDigest(source) })
  if (probe !== undefined) {
    return {
      ...asData(rest),
      probe: codeOf(probe),
      sabotages: sabotages.map(({ name, says, source }) => ({ name, says, code: sourceDigest(source) })),
    }
  }
  return {
    ...asData(rest),
    instruments: (instruments ?? []).map(one => ({ name: one.name, ...codeOf(one) })),
    // Dozens of digests, most of them the same, would fill the leaf: one stands for the code of all.
    sabotagesCode: digestOf(sabotages.map(({ source }) => sourceDigest(source))),
    sabotages: sabotages.map(({ name, says, beyond = {} }) => ({
      name,
      says,
      ...(Object.keys(beyond).length === 0 ? {} : { beyond: { ...beyond } }),
    })),
  }
}

/** The digest of everything that the claim says and does. Evidence made under another digest counts for nothing. */
export function claimDigest(definition: Claim): string {
  return digestOf(claimDefinition(definition))
}

/** A member that is there but undefined is left out, as JSON does. */
function asData(data: object): JsonObject {
  return z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify(data)))
}
