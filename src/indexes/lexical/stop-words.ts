/**
 * English words that say nothing of what a question is about; left out of queries, never out of texts. Words like
 * `not`, `between` and `during` are no stop words: they change what is asked for.
 */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  `a an the and or of in on at to for from by with as is are was were be been being am do does did done has have had
  having how what which who whom whose when where why can could should would will shall may might must this that
  these those there here it its i me my we our us you your he she his her they them their`.split(/\s+/),
)
