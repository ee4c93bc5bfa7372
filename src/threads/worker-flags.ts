const ABOUT_THE_SCRIPT = ['--input-type', '-e', '--eval', '-p', '--print']

/** Flags that say how modules are found and read: all that a worker cannot do without. */
const ABOUT_MODULES = ['--import', '--require', '-r', '--loader', '--experimental-loader', '--conditions', '-C']

/**
 * What a worker thread is started with, to run like this Node: nothing, for it takes over the flags by itself. Only those
 * about a script given as text, as in `node --input-type=module -e …`, would be refused or run again; then it gets those
 * about modules. Named flags must not hold one of V8's: a `--max-old-space-size` in them is refused.
 */
export function workerFlags(flags: readonly string[]): { execArgv?: string[] } {
  if (!flags.some((flag) => isOneOf(ABOUT_THE_SCRIPT, flag))) return {}
  return { execArgv: flags.filter((flag, at) => isOneOf(ABOUT_MODULES, flag) || isValueOf(flags[at - 1])) }
}

function isOneOf(names: readonly string[], flag: string): boolean {
  return names.some((name) => flag === name || flag.startsWith(`${name}=`))
}

function isValueOf(flag: string | undefined): boolean {
  return flag !== undefined && !flag.includes('=') && isOneOf(ABOUT_MODULES, flag)
}
