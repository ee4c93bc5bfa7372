/** Of /docs: the browser's own fonts, its own colours for light and dark, and room. */
export const STYLE = `
:root { color-scheme: light dark; --line: #8884; --shade: #8881; --accent: light-dark(#0b57d0, #8ab4f8); }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 76rem; font: 1rem/1.5 system-ui, sans-serif; background: light-dark(#fff, #16181c); color: light-dark(#1b1b1f, #e4e4e7); }
a { color: var(--accent); }
h1 { margin: 0; font-size: 1.6rem; }
h2 { margin: 2.5rem 0 0; font-size: 1.3rem; }
h3 { margin: 0; font-size: 1.05rem; overflow-wrap: anywhere; }
h3 b, nav b { font-family: ui-monospace, monospace; font-size: .85em; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; }
nav ul { margin: .25rem 0; padding-left: 1rem; list-style: none; }
summary { cursor: pointer; }
article { margin: 1rem 0; padding: 1rem; border: 1px solid var(--line); border-radius: .5rem; }
article:target { border-color: var(--accent); }
table { border-collapse: collapse; font-size: .9rem; }
caption { padding: .5rem 0 .25rem; font-weight: 600; text-align: left; }
th, td { padding: .2rem .75rem .2rem 0; border-top: 1px solid var(--line); font-weight: 400; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th, td:nth-child(3) { min-width: 6rem; }
@media (max-width: 40rem) { table, tbody, tr, th, td { display: block; } td { border: 0; padding-left: 1rem; } td:empty { display: none; } }
figure { margin: .75rem 0; }
figcaption { font-size: .9rem; font-weight: 600; }
pre { margin: .25rem 0; padding: .75rem; max-height: 24rem; overflow: auto; background: var(--shade); border-radius: .5rem; }
.failure { margin: .25rem 0; font-size: .9rem; overflow-wrap: anywhere; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
`
