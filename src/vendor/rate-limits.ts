import type { RateLimiterMemory as Limiter } from 'rate-limiter-flexible'
// @ts-expect-error The library has types for the whole of it alone, which is ten times as large.
import Memory from 'rate-limiter-flexible/lib/RateLimiterMemory.js'

export const RateLimiterMemory = Memory as typeof Limiter
