/** A UUID as text, such as `018f2b6e-7c1d-7a53-9d0e-3f1b2a4c5d6e`. */
export type Uuid = string;

/** A time as RFC 3339 writes it, such as `2026-11-28T07:00:00Z`; `new Date(…)` reads it. */
export type Timestamp = string;

/** A day, such as `2026-11-28`. */
export type CalendarDate = string;
