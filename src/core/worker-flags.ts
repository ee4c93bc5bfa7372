const ABOUT_THE_SCRIPT = ['--input-type', '-e', '--eval', '-p', '--print']

/**
 * The flags of this Node that a worker thread may be started with: all but those about a script given as text, which
 * Node would refuse or run again. `node --input-type=module -e …` has them.
 */
export function workerFlags(flags: readonly string[]): string[] {
  return flags.filter((flag, at) => !isAbout(flag) && !(isAbout(flags[at - 1]) && !flags[at - 1]?.includes('=')))
}

function isAbout(flag: string | undefined): boolean {
  return ABOUT_THE_SCRIPT.some((name) => flag === name || flag?.startsWith(`${name}=`))
}
