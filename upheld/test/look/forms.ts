import assert from 'node:assert/strict'
import { z } from 'zod'

const finding = z.looseObject({
  rule: z.string(),
  severity: z.string(),
  place: z.looseObject({ kind: z.string(), label: z.string() }),
  mend: z.array(z.string()),
})

/** What the tests read of `check --json`. */
const document = z.looseObject({
  looked: z.array(z.looseObject({ of: z.string(), name: z.string() })),
  findings: z.array(finding),
  notSeen: z.array(z.looseObject({ rule: z.string().optional(), why: z.string() })),
  faults: z.array(z.looseObject({ of: z.string(), code: z.string() })),
  claims: z.array(z.looseObject({ claim: z.string(), standing: z.string() })),
  error: z.looseObject({ code: z.string() }).optional(),
  exit: z.number(),
})
export type LookDocument = z.infer<typeof document>

export function parseLook({ out, err }: { readonly out: string; readonly err: string }): LookDocument {
  assert.notEqual(out, '', err)
  return document.parse(JSON.parse(out))
}

/** `rule at place` of everything that was found. */
export function placesIn({ findings }: LookDocument): string[] {
  return findings.map(({ rule, place }) => `${rule} at ${place.label}`)
}
