/** One request and what was answered to it. */
export interface Example {
  parameters?: Record<string, string>
  query?: Record<string, unknown>
  body?: unknown
  status: number
  answer: unknown
}

export const EXAMPLES: Record<string, Example> = {}
