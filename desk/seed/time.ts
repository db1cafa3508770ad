/** Everything is told from this moment backwards, so that it is the same whenever it is told. Milliseconds since 1970. */
export const seedNowMs = Date.UTC(2026, 10, 16, 8)
export const minuteMs = 60 * 1000
export const dayMs = 24 * 60 * minuteMs
