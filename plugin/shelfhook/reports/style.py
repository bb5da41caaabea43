"""How the page of a report looks. It has no scripts, so its switches are style, too."""

from __future__ import annotations

STYLE = """
:root {
  --page: #fbfaf7; --card: #fff; --text: #1d1f21; --faint: #5b6066; --line: #dcd9d2;
  --error: #a4161a; --warning: #8a5a00; --info: #215a8f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #16181a; --card: #1f2225; --text: #e6e4df; --faint: #a2a7ad; --line: #363a3f;
    --error: #ff8a80; --warning: #f2c14e; --info: #86bff2;
  }
}
* { box-sizing: border-box; }
body {
  display: flex; flex-direction: column; gap: 1rem; max-width: 60rem; margin: 0 auto;
  padding: 1.5rem 1rem 4rem; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
}
h1, h2, h3, p, ul { margin: 0; }
h1 { order: -3; font-size: 1.5rem; }
.summary { order: -2; }
.switches { order: -1; }
.switches { display: flex; flex-wrap: wrap; gap: 1.25rem; padding: .5rem 1rem; }
.switches, article, table { border: 1px solid var(--line); border-radius: .5rem; }
.switches input { accent-color: currentColor; }
h2 { margin: 1.5rem 0 .5rem; font-size: 1.2rem; }
h2 small, .remedy { color: var(--faint); font-weight: normal; font-size: .9rem; }
main section { content-visibility: auto; contain-intrinsic-size: auto 20rem; }
article { margin: 0 0 .75rem; padding: .75rem 1rem; background: var(--card); }
h3 { font-size: 1rem; }
ul { padding: 0; list-style: none; }
li { margin-top: .75rem; padding-left: .75rem; border-left: 3px solid; }
li p { color: var(--text); }
li .remedy { color: var(--faint); }
code, .place { font: .85em ui-monospace, monospace; }
.place { padding: .1em .4em; border: 1px solid var(--line); border-radius: .3em; }
table { margin-top: .5rem; padding: .25rem .5rem; background: var(--card); }
th, td { padding: .15rem .75rem .15rem .25rem; text-align: left; }
td:last-child, th:last-child { text-align: right; font-variant-numeric: tabular-nums; }
.error { border-color: var(--error); }
.warning { border-color: var(--warning); }
.info { border-color: var(--info); }
.error strong, label.error { color: var(--error); }
.warning strong, label.warning { color: var(--warning); }
.info strong, label.info { color: var(--info); }
body:has(#show-error:not(:checked)) li.error,
body:has(#show-warning:not(:checked)) li.warning,
body:has(#show-info:not(:checked)) li.info,
body:has(#show-error:not(:checked)) :is(article, main section):not(:has(.warning, .info)),
body:has(#show-warning:not(:checked)) :is(article, main section):not(:has(.error, .info)),
body:has(#show-info:not(:checked)) :is(article, main section):not(:has(.error, .warning)),
body:has(#show-error:not(:checked)):has(#show-warning:not(:checked))
  :is(article, main section):not(:has(.info)),
body:has(#show-error:not(:checked)):has(#show-info:not(:checked))
  :is(article, main section):not(:has(.warning)),
body:has(#show-warning:not(:checked)):has(#show-info:not(:checked))
  :is(article, main section):not(:has(.error)),
body:not(:has(.switches :checked)) :is(article, main section) { display: none; }
@media print { .switches { display: none; } article { break-inside: avoid; } }
"""
