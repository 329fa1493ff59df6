"""How the HTML looks: two schemes of colours of contrast 4.5 and above, one for paper."""

STYLE = """\
:root{color-scheme:light dark;--back:#fff;--text:#1f2328;--soft:#545d68;--line:#d1d9e0;
--panel:#f6f8fa;--bar:#0072b2;--link:#0550ae;--issue:#a40e26;--tip:#116329;--note:#0550ae}
@media (prefers-color-scheme:dark){:root{--back:#0d1117;--text:#e6edf3;--soft:#9aa4af;
--line:#3d444d;--panel:#161b22;--bar:#58a6ff;--link:#79b8ff;--issue:#ff9a93;--tip:#7ee787;
--note:#79c0ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--text);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.25rem 1rem 3rem}
h1,h2,h3,p,summary,li,th,td{overflow-wrap:break-word}
h1{font-size:1.5rem;line-height:1.3;margin:.25rem 0 .75rem}
h2{font-size:1.2rem;margin:2.25rem 0 .5rem;padding-bottom:.25rem;
border-bottom:1px solid var(--line)}
h3{font-size:1rem;margin:1.25rem 0 .5rem}
p{margin:.5rem 0}
a{color:var(--link)}
.lead{font-weight:600}
nav ol{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1rem;margin:1rem 0 0;padding:0}
nav a{display:inline-block;padding:.25rem 0}
.scroll{overflow-x:auto;margin:.75rem 0;max-width:100%}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.925rem}
th,td{padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--line);text-align:left;
vertical-align:top;min-width:3.5rem;max-width:22rem}
thead th{color:var(--soft);font-weight:600;white-space:nowrap}
tbody th{font-weight:500}
.right{text-align:right}
td.right{white-space:nowrap}
details{margin:.75rem 0;border:1px solid var(--line);border-radius:6px;padding:0 .75rem}
summary{cursor:pointer;padding:.5rem 0;font-weight:600}
a:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:3px solid var(--link);
outline-offset:2px}
.finding{margin:.75rem 0;padding:.25rem .9rem .5rem;background:var(--panel);
border-left:4px solid var(--soft);border-radius:0 6px 6px 0}
.finding h3{margin:.4rem 0}
.finding ul{margin:.35rem 0 .25rem;padding-left:1.25rem}
.tag{font-size:.85rem;white-space:nowrap}
.issue{border-color:var(--issue)}.issue .tag{color:var(--issue)}
.tip{border-color:var(--tip)}.tip .tag{color:var(--tip)}
.note{border-color:var(--note)}.note .tag{color:var(--note)}
.ladder{margin:.75rem 0;padding:.75rem;background:var(--panel);border-radius:6px}
.level{display:grid;grid-template-columns:5.5rem 4.25rem 1fr;gap:.75rem;align-items:center}
.level b{font-weight:600;white-space:nowrap}
.level span{text-align:right;font-variant-numeric:tabular-nums}
.track{position:relative;height:1rem}
.track i{position:absolute;top:0;bottom:0;left:0}
.solid{background:var(--bar)}
.striped{border:1px solid var(--bar);
background:repeating-linear-gradient(135deg,var(--bar) 0 2px,transparent 2px 6px)}
.mark{width:3px;margin-left:-1px;top:-3px!important;bottom:-3px!important;background:var(--text)}
.gap{padding:.3rem 0 .3rem 11.25rem;color:var(--soft)}
.focus{color:var(--text);white-space:nowrap}
.legend{margin:.5rem 0 0;color:var(--soft);font-size:.85rem}
figure{display:inline-block;vertical-align:top;width:min(100%,29rem);margin:.75rem .5rem .75rem 0;
padding:.5rem;background:#fff;border-radius:6px;overflow-x:auto}
@media (max-width:36rem){
.level{grid-template-columns:4.75rem 3.75rem 1fr;gap:.4rem}
.gap{padding-left:1rem}
h1{font-size:1.25rem;overflow-wrap:anywhere}
th,td{padding-right:.5rem;min-width:2.5rem}
thead th{white-space:normal;vertical-align:bottom}
tbody th{overflow-wrap:anywhere;min-width:5.75rem}
td:not(.right){min-width:7rem}
table{font-size:.875rem}}
@media print{
:root{color-scheme:light;--back:#fff;--text:#000;--soft:#333;--line:#999;--panel:#fff;
--bar:#0072b2;--link:#000;--issue:#a40e26;--tip:#116329;--note:#0550ae}
body{font-size:10pt}main{max-width:none;padding:0}nav{display:none}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
details{border:0;padding:0}
details::details-content{content-visibility:visible!important;display:block!important;
height:auto!important}
.scroll{overflow:visible}
tr,.finding,.level,figure{break-inside:avoid}h2,h3{break-after:avoid}}
"""
