export { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
