/** Folders of other people's code and of what a build makes. A `!name/` in .semdexignore takes one in. */
export const SKIPPED_FOLDERS: ReadonlySet<string> = new Set([
  'node_modules',
  'bower_components',
  'jspm_packages',
  'web_modules',
  'site-packages',
  '__pycache__',
  '__pypackages__',
  'Pods',
  'Carthage',
  'DerivedData',
  'elm-stuff',
  'CMakeFiles',
  '$RECYCLE.BIN',
  'System Volume Information',
])

/** A folder that holds one of these is a cache or a virtual environment: https://bford.info/cachedir/, PEP 405. */
export const SKIPPED_FOLDER_MARKS: readonly string[] = ['CACHEDIR.TAG', 'pyvenv.cfg']

/** Files that tools write for themselves. */
export const SKIPPED_FILES: ReadonlySet<string> = new Set([
  'package-lock.json',
  'npm-shrinkwrap.json',
  'yarn.lock',
  'pnpm-lock.yaml',
  'bun.lock',
  'deno.lock',
  'Cargo.lock',
  'Gemfile.lock',
  'Podfile.lock',
  'Pipfile.lock',
  'poetry.lock',
  'uv.lock',
  'composer.lock',
  'mix.lock',
  'go.sum',
  'flake.lock',
  'pubspec.lock',
  'Package.resolved',
  'Thumbs.db',
])

/** Made by minifiers and compilers. */
export const SKIPPED_ENDINGS: readonly string[] = [
  '.min.js',
  '.min.mjs',
  '.min.cjs',
  '.min.css',
  '.map',
  '.tsbuildinfo',
]

/** Extensions of files that are never text, so that they need not be opened. In small letters. */
export const BINARY_EXTENSIONS: ReadonlySet<string> = new Set(
  [
    'png jpg jpeg gif bmp ico icns webp avif heic tif tiff psd mp3 mp4 m4a m4v mov avi mkv webm wav flac',
    'ogg opus woff woff2 ttf otf eot zip gz tgz bz2 xz zst 7z rar jar war iso dmg exe dll so dylib a lib o',
    'obj class pyc pyo wasm bin dat pdf doc docx xls xlsx ppt pptx odt ods odp epub sqlite sqlite3 db',
    'db-wal db-shm onnx safetensors pt pth gguf npy npz parquet feather',
  ].flatMap((extensions) => extensions.split(' ')),
)
