"""How report.html looks, on paper and screens of any size, by day and by night."""

STYLE = """
:root { --ink: #1d2327; --soft: #59646b; --paper: #fbfaf8; --card: #ffffff; --line: #dcd8d1;
  --gain: 47 111 143; --loss: 181 84 47; --own: #2f6f8f; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e9e6e1; --soft: #a9b0b4; --paper: #16191b; --card: #1f2427; --line: #3a4146;
    --gain: 86 160 196; --loss: 214 120 82; --own: #7fc0de; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 64rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .5rem; text-wrap: balance; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
h3::first-letter { text-transform: uppercase; }
.soft { color: var(--soft); font-size: .875rem; }
p.soft { max-width: 46rem; margin: .5rem 0 0; }
ul { padding-left: 1.1rem; max-width: 50rem; }
li { margin: .35rem 0; }
ul.findings { list-style: none; padding: 0; }
ul.findings li { background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
  padding: .7rem .9rem; }
ul.hashes { list-style: none; padding: 0; font-size: .8rem; }
code { font: .85em ui-monospace, Consolas, monospace; overflow-wrap: anywhere; }
.wide { overflow-x: auto; border-radius: .5rem; }
.wide:focus-visible { outline: 2px solid var(--own); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums;
  font-size: .875rem; background: var(--card); }
th, td { padding: .45rem .7rem; border-bottom: 1px solid var(--line); text-align: right;
  white-space: nowrap; }
th[scope=row] { text-align: left; font-weight: 600; }
thead th { color: var(--soft); font-weight: 600; }
thead th:first-child { text-align: left; }
table.matrix { width: auto; min-width: min(100%, 40rem); }
table.matrix th, table.matrix td { text-align: center; }
table.matrix th[scope=row] { text-align: left; }
table.matrix td span, table.matrix th span { display: block; font-size: .78rem; font-weight: 400; }
table.matrix td strong { font-size: 1.15rem; }
td.gain { background: rgb(var(--gain) / calc(var(--strength) * .45)); }
td.loss { background: rgb(var(--loss) / calc(var(--strength) * .45)); }
td.own { box-shadow: inset 0 0 0 2px var(--own); }
tr.control th, tr.control td strong { font-weight: 400; }
figure { margin: 1rem 0; }
figure .wide { background: #ffffff; border: 1px solid var(--line); }
figure img { display: block; max-width: 100%; min-width: min(36rem, 100vw * 1.6); height: auto; }
figcaption { color: var(--soft); font-size: .8rem; margin-top: .35rem; }
@media (max-width: 40rem) {
  table.matrix { min-width: 100%; }
  table.matrix th, table.matrix td { padding: .4rem .3rem; }
  table.matrix th[scope=row] { white-space: normal; min-width: 5.5rem; overflow-wrap: anywhere; }
  table.matrix thead .soft { display: none; }
  table.matrix td strong { font-size: 1rem; }
  table.matrix td span { font-size: .7rem; }
  th[scope=row] { white-space: normal; min-width: 7rem; }
}
@media print { main { max-width: none; padding: 0; } .wide { overflow: visible; } }
"""
