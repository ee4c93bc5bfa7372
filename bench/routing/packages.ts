/**
 * Where the files come from: packages of Debian, npm, PyPI. A package is in one part alone: the classifiers are trained on
 * `train` and measured on `test`.
 */
export type Part = 'train' | 'test'

/** Languages that are taken out of the training files, so that the figures say what happens with a language never seen. */
export const UNSEEN: ReadonlySet<string> = new Set([
  ...[
    'agda',
    'cobol',
    'coq',
    'forth',
    'gap',
    'icon',
    'newlisp',
    'openscad',
    'pari',
    'picolisp',
    'rexx',
    'singular',
    'sml',
  ],
  ...['kotlin', 'smalltalk', 'solidity', 'swift'],
])

/** Debian's source packages. */
export const DEBIAN_SOURCES: Readonly<Record<Part, readonly string[]>> = {
  train: words(`jq nano htop curl lua5.4 fmtlib re2 tinyxml2 flask python-docutils jsoup okio gtk-sharp3
    golang-github-spf13-cobra fzf rust-ripgrep rust-serde rust-tokio rake ruby-sinatra
    libmojolicious-perl libimage-exiftool-perl php-monolog phpunit composer lua-penlight awesome pandoc xmonad haskell-aeson
    ocaml-re ocaml-dune elixir-lang erlang-lager clojure cl-ppcre sbcl magit dash-el chicken r-cran-ggplot2 r-cran-dplyr
    r-cran-knitr lapack goverlay iverilog yosys nasm dav1d pgtap roundcube bash-completion debootstrap bats fish
    initramfs-tools ansible-core gnustep-base protobuf gnuplot fail2ban goaccess csvkit statsmodels cmake git sqlite3 vim
    crystal harden-doc developers-reference debian-history anarchism highlight elm-compiler postgresql-15 gnome-user-docs
    bwbasic python-django libgnatcoll octave-statistics octave-signal gtk-d tkcon swi-prolog shotwell`),
  test: words(`tmux zlib leveldb requests jinja2 commons-io junit5 kotlinx-coroutines newtonsoft-json nunit
    golang-github-gin-gonic-gin caddy rust-bat jekyll libmoose-perl ack php-twig dokuwiki luarocks shellcheck
    menhir ejabberd leiningen-clojure cl-alexandria yasnippet guile-json r-cran-shiny r-cran-readr ahven libaunit
    whitakers-words doublecmd tcllib dub tilix vala gitg yasm pg-partman
    dehydrated zsh-syntax-highlighting gnustep-gui glmark2 octave-control agda-stdlib coq
    gforth gnucobol4 ucblogo regina-rexx icon picolisp newlisp polyml gap pari singular openscad maint-guide debian-faq
    lnav logwatch miller seaborn mercurial pygments scite ldc`),
}

/** Debian's packages of documentation and prose. */
export const DEBIAN_BINARIES: Readonly<Record<Part, readonly string[]>> = {
  train: words(`fortunes fortunes-de fortunes-es fortunes-cs fortunes-zh fortunes-eo installation-guide-amd64
    debian-reference-de python3.11-doc debian-policy glibc-doc manpages-de manpages-fr texlive-lang-german miscfiles
    octave-doc debian-faq-zh-cn wordnet-base`),
  test: words(`fortunes-it fortunes-pl fortunes-ru fortunes-br fortunes-bg fortunes-ga aptitude-doc-ja perl-doc
    debian-faq-ja debian-faq-ru debian-faq-nl debian-reference-pt manpages-ja manpages-ru manpages-pl maint-guide-fr
    maint-guide-ca texlive-latex-recommended-doc texlive-humanities-doc dict-gcide`),
}

export const NPM: Readonly<Record<Part, readonly string[]>> = {
  train: words(`preact rxjs zod svelte bootstrap foundation-sites vuetify three expo-camera expo-modules-core
    @octokit/graphql-schema vega-datasets express lodash eslint element-plus vant pug coffeescript mocha ramda
    hono typeorm react-native-svg jquery less moment knex leaflet graphql @types/node serverless docsify element-ui`),
  test: words(`date-fns bulma @openzeppelin/contracts carbon-components-svelte expo-notifications react-native-reanimated
    google-proto-files fastify webpack tachyons handlebars livescript drizzle-orm react-native-maps normalize.css
    animate.css d3-scale yeoman-generator sequelize underscore openapi3-ts antd node-red yargs marked commander winston
    three-stdlib hexo-theme-landscape gatsby-starter-blog`),
}

export const PYPI: Readonly<Record<Part, readonly string[]>> = {
  train: words('scikit-learn sympy rich sqlalchemy streamlit'),
  test: words('pandas networkx click bokeh aiohttp'),
}

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/)
}
