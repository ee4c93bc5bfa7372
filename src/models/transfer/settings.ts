/** Where files are downloaded from, and by which way. */
export interface HubSettings {
  /** An http or https URL, with or without a path and a slash at its end. */
  hubEndpoint: string
  /** Sent as a bearer to the origin of `hubEndpoint`, and nowhere else. */
  hubToken: string | null
  /** The URL of an http or https proxy, with credentials where it asks for them. */
  proxy: string | null
  /** Hosts that are spoken to without the proxy: `host`, `.suffix`, `host:port` or `*`, with commas between them. */
  noProxy: string | null
  /** True: no connection is opened. */
  offline: boolean
}

/** How long, and how often, a download is tried. */
export interface Patience {
  /** Attempts in a row that bring less than `PROGRESS_BYTES`, after which a file is given up. */
  attempts: number
  /** Milliseconds until a connection, with its encryption, stands. */
  connectMs: number
  /** Milliseconds without a byte, after which a connection is given up. */
  stallMs: number
  /** Milliseconds before the second attempt; doubled before each further one, up to `longestPauseMs`, less a random part. */
  pauseMs: number
  longestPauseMs: number
  /** The longest that a server may ask to wait (`Retry-After`); a server that asks for more is given up at once. */
  longestRetryAfterMs: number
}

export const PATIENCE: Patience = {
  attempts: 6,
  connectMs: 15_000,
  stallMs: 30_000,
  pauseMs: 500,
  longestPauseMs: 20_000,
  longestRetryAfterMs: 120_000,
}

/** An attempt that brought as much was worth it: attempts are counted anew. */
export const PROGRESS_BYTES = 1 << 20
