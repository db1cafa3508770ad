import { z } from 'zod'
import { refuse } from './errors.ts'

const nameBytesMax = 1024
const typeForm = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,63}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}(;charset=[a-z0-9_-]{1,40})?$/

/** Text that a person or a program calls an object by. A slash and two dots mean nothing here: it becomes no path. */
export const objectName = z
  .string()
  .min(1)
  .max(nameBytesMax)
  .refine(isPlainText)
  .refine(text => Buffer.byteLength(text) <= nameBytesMax)

/** Such as `image/png` or `text/plain;charset=utf-8`; no other parameter. */
export const contentType = z.string().regex(typeForm)

/** @throws objects.bad_name */
export function assertName(name: string): void {
  if (!objectName.safeParse(name).success) throw refuse.bad_name()
}

/**
 * The type in its one spelling.
 * @throws objects.bad_type
 */
export function plainType(given: string): string {
  const plain = given.toLowerCase().replaceAll(/\s*;\s*/g, ';')
  if (!contentType.safeParse(plain).success) throw refuse.bad_type()
  return plain
}

/** No lone surrogate, which UTF-8 cannot hold, and no control character, which a header must not. */
export function isPlainText(text: string): boolean {
  return text.isWellFormed() && !/\p{Cc}/u.test(text)
}
