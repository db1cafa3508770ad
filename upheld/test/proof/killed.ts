// A probe in a process of its own, for tests that kill it: node killed.ts '<options as JSON>'. Says when it has planted.
import { z } from 'zod'
import { probeDatabase } from '../../src/proof/scratch/index.ts'

const options = z
  .strictObject({ scratchUrl: z.string(), appRole: z.string(), evenIfInUse: z.boolean() })
  .parse(JSON.parse(process.argv[2] ?? ''))
process.stdout.write('begun\n')
await probeDatabase(options)
process.stdout.write('ended\n')
