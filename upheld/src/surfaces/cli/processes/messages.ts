import { z } from 'zod'

/** Where a system answers. */
const place = z.strictObject({
  /** Such as http://127.0.0.1:4180: where its server listens. */
  address: z.url(),
  /** Where people reach it: another one where a proxy stands before it. */
  origin: z.url(),
})
export type Place = Readonly<z.infer<typeof place>>

/** What a child tells its supervisor. The channel is between two processes of ours; it is checked all the same. */
export const fromChild = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready'), place: place.optional() }),
  z.strictObject({ type: z.literal('alive') }),
  /** A run was begun; it ends within so many seconds, and tries so many sabotages when the live system holds. */
  z.strictObject({ type: z.literal('run'), claim: z.string(), limitSecs: z.number(), sabotages: z.number() }),
  /** One world of a run was probed, and did what it should. */
  z.strictObject({ type: z.literal('probed'), claim: z.string(), place: z.string(), good: z.boolean() }),
  z.strictObject({
    type: z.literal('ran'),
    claim: z.string(),
    verdict: z.enum(['upheld', 'refuted', 'unproven']),
    note: z.string(),
  }),
  /** A sabotage is tried by itself, which ends within so many seconds; or it has ended. Nothing is known of a claim by it. */
  z.strictObject({ type: z.literal('trial'), claim: z.string(), limitSecs: z.number().optional() }),
  /** Every claim that was due has been attacked once. */
  z.strictObject({ type: z.literal('round') }),
  z.strictObject({ type: z.literal('trouble'), says: z.string() }),
  z.strictObject({
    type: z.literal('failed'),
    code: z.string(),
    message: z.string(),
    mend: z.string().optional(),
    usage: z.boolean(),
  }),
])

export type FromChild = z.infer<typeof fromChild>
export type Failed = Extract<FromChild, { readonly type: 'failed' }>

/** What a supervisor tells its child: everything that it may know, once, and later that it should end. */
export const toChild = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('start'), payload: z.unknown() }),
  z.strictObject({ type: z.literal('stop') }),
])

export type ToChild = z.infer<typeof toChild>
