/** Most that a source may be, in bytes: 2,000 long sentences fit in four times. A larger file is refused before it is read through. */
export const sourceBytesMax = 1_048_576
/**
 * Most characters and marks between two empty lines, and most signs that a line may begin with. A parser of Markdown
 * takes time by the square of them, and no sentence needs so many.
 */
export const blockCharactersMax = 4_000
export const blockMarksMax = 400
export const lineOpeningMax = 40

/** Most characters of one promise, of a heading and of a note. */
export const promiseMax = 600
export const headingMax = 60
export const noteMax = 300
export const notesPerSectionMax = 2
/** Problems that are written out; of more it is said how many they are. */
export const problemsToldMax = 500
