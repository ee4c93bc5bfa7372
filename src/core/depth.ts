/** Whether a JSON value nests at most so many levels deep; a list or an object is one. Does not recurse. */
export function isWithinDepth(value: unknown, limit: number): boolean {
  let level = [value]
  for (let depth = 0; level.length > 0; depth++) {
    const containers = level.filter((each) => typeof each === 'object' && each !== null) as object[]
    if (containers.length > 0 && depth === limit) return false
    level = containers.flatMap((each) => Object.values(each))
  }
  return true
}
