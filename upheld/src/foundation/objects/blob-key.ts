import { refuseBlobs } from './errors.ts'

const keyForm = /^(?=.{1,512}$)[a-z0-9]+(-[a-z0-9]+)*(\/[a-z0-9]+(-[a-z0-9]+)*)*$/

/** Names that every store takes as they are: no dots, no upper case, nothing that a path or an address gives a meaning to. */
export function isBlobKey(text: string): boolean {
  return keyForm.test(text)
}

/** @throws blobs.bad_key */
export function assertBlobKey(text: string): void {
  if (!isBlobKey(text)) throw refuseBlobs.bad_key()
}
