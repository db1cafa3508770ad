import { readingOrder, readInterleaved } from './reading.ts'

/** A process of clients: takes one order, says what it counted, and ends. */
process.once('message', message => {
  readInterleaved(readingOrder.parse(message)).then(
    count => process.send?.(count, () => process.exit(0)),
    (failure: unknown) => process.send?.({ failed: String(failure) }, () => process.exit(1)),
  )
})
