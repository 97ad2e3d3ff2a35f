/** The style sheet of the HTML report: light and dark screens, and paper. */
export const REPORT_STYLE = `
:root { color-scheme: light dark; --line: #8886; --soft: #8882; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; border-bottom: 1px solid var(--line); }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; } .facts dt { opacity: .75; } .facts dd { margin: 0; }
table { border-collapse: collapse; font-size: .85rem; } caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { padding: .2rem .5rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; } th { font-weight: 600; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } .total td { font-weight: 600; border-top: 2px solid var(--line); }
.wide { overflow-x: auto; } svg { max-width: 100%; height: auto; } .picture svg { max-width: none; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)); gap: 1rem; } figure { margin: 0; break-inside: avoid; } figcaption { font-size: .85rem; opacity: .8; }
pre { background: var(--soft); padding: .7rem; overflow-x: auto; font-size: .8rem; white-space: pre-wrap; overflow-wrap: anywhere; }
p { overflow-wrap: anywhere; } .warning { border-left: 3px solid #b80; padding-left: .6rem; }
.samples { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: .8rem; list-style: none; padding: 0; font-size: .85rem; }
.samples li { display: flex; flex-direction: column; gap: .2rem; break-inside: avoid; } .samples img { image-rendering: pixelated; } .samples small { opacity: .75; }
@media print {
  .picture svg { max-width: 100%; }
  body { max-width: none; margin: 0; font-size: 10pt; } details { display: none; } h2 { break-after: avoid; } tr { break-inside: avoid; } table { font-size: 7pt; }
  :root { color-scheme: light; }
}
@page { margin: 15mm; }
`;
