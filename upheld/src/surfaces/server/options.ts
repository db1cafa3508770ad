import { z } from 'zod'

/** Bounds on what one connection may ask of us. */
export const limits = z.strictObject({
  headerBytesMax: z.number().int().min(2048).max(65_536).default(16_384),
  bodyBytesMax: z.number().int().min(1024).max(67_108_864).default(1_048_576),
  /** From the first byte to the last header. */
  headersSecsMax: z.number().int().min(1).max(60).default(10),
  /** From the first byte to the last of the body. */
  requestSecsMax: z.number().int().min(1).max(600).default(30),
  keepAliveSecsMax: z.number().int().min(1).max(120).default(5),
  requestsPerConnectionMax: z.number().int().min(1).max(100_000).default(1000),
  connectionsMax: z.number().int().min(1).max(65_536).default(1024),
  /** How many ports above the asked-for one are tried when it may move. */
  portsTriedMax: z.number().int().min(1).max(100).default(20),
  /** How long requests under way may take to end when the server closes. */
  closeSecsMax: z.number().int().min(1).max(60).default(5),
})

export type Limits = z.infer<typeof limits>
