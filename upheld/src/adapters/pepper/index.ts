export { guessKeyFile, type GuessKeys } from './guess-key-file.ts'
export { pepperFile } from './pepper-file.ts'
