import { freemem, totalmem } from 'node:os'

/**
 * Bytes that this process may still take, within the limit of its container where it has one. The container's own count of
 * used memory has the file cache in it, which gives way; so what this process has is taken off the limit instead.
 */
export function freeMemory(): number {
  const limit = process.constrainedMemory()
  if (limit === 0 || limit > totalmem()) return process.availableMemory()
  return Math.min(limit - process.memoryUsage.rss(), freemem())
}
