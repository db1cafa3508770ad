// Every bound of this module, with its unit and its reason.

/** Findings kept of one run; the rest are only counted. A reader needs to see that it broke, not each row. */
export const findingsMax = 20

/** Characters of any text that a probe reports. */
export const textMax = 300

/** Bytes of all kept findings together, so that a leaf of the log stays below its 16 KiB. */
export const findingsBytesMax = 8_000

/** Units of population in one run. */
export const unitsMax = 12

/** Distinct places remembered in one run. A larger population cannot be shown to have been attacked. */
export const placesMax = 100_000

/** Bytes of a claim's data, so that its leaf stays below 16 KiB. */
export const definitionBytesMax = 15_800

/** Bytes of a run's leaf that say which instrument noticed which sabotage, the names of the attacks left out. */
export const noticedBytesMax = 11_000

/** Bytes of those names together, and characters of one. With what else a run without findings says: below 16 KiB. */
export const attacksBytesMax = 3_800
export const attackMax = 60

/** Milliseconds that two honest clocks, or the wall clock and the monotonic one, may differ. */
export const skewMaxMs = 2_000

/** Milliseconds after its limit in which a run may still drop its twin and be written down, before it is overdue. */
export const closingMaxMs = 60_000

/** Milliseconds that a twin may take to be dropped before the run goes on without it. */
export const dropMaxMs = 30_000

/** Days of history that a report draws. */
export const daysShown = 90

/** Spells without proof that a report lists for one claim. */
export const lapsesMax = 100

/** Milliseconds between two tries of a scheduler that meets trouble, at most. */
export const backoffMaxMs = 60_000
