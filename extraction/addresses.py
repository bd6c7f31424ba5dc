"""One canonical address a story: what makes two URLs the same page, and nothing more.

Refuses to merge by guess: every parameter that may choose an article (`id`, `p`, `page`, ...) stays.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from courlan import scrub_url
from courlan.clean import decode_punycode

# Parameters that never choose an article: campaign and click marks. courlan's own list also drops `cid`, `uid`,
# `eid`, `keyword`, `source`, `ref` and `session`, and small CMSs do address stories by `cid=` or `eid=`.
_TRACKING = re.compile(
    r"^(?:utm_.*|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|twclid|yclid|ysclid|igsh(?:id)?|"
    r"mc_[ce]id|mkt_tok|"
    r"_ga|_gl|ga_.*|pk_.*|mtm_.*|matomo_.*|oly_.*|vero_.*|itm_.*|_hsenc|_hsmi|hsctatracking|ns_.*|at_(?:medium|"
    r"campaign|link.*|custom.*|format|bbc_team)|wt_?(?:mc|zmc).*|xtor|cmpid|ocid|icid|smid|smtyp|ito|spm|"
    r"s_cid|ncid|ref_?src|ref_?url|referrer|feature|share|source=rss|rss|guccounter|guce_.*|taid|amp_js_v|usqp|"
    r"outputtype|__twitter_impression|__cft__.*|__tn__|fb_.*|action_(?:object|type|ref).*|phpsessid|jsessionid|"
    r"sessionid|session_id|aspsessionid.*|replytocom|doing_wp_cron)$",
    re.IGNORECASE,
)
_SESSION_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?#;]*", re.IGNORECASE)
_SAFE_PATH = "/%!=:,-;@+$'()*~&"
_MAX_URL = 2_000
_SURROGATE = re.compile("[\ud800-\udfff]")  # half a character: nothing can encode it
_HALF_QUOTED = re.compile(r"%[0-9A-Fa-f]?$")
_HOST = re.compile(r"[\w.-]+|\[[0-9a-fA-F:.]+\]")


def canonical_url(url: str, html_canonical: str | None = None) -> str:
    """The address under which a story is known; idempotent, never raises.

    Lower-cases scheme and host, drops the default port, user info, fragment (a `#!` route stays), tracking and
    session parameters; sorts the rest. `html_canonical` (the page's `rel=canonical`, perhaps relative) is
    believed when it is on the same site and no mere front page.

    `canonical_url("HTTPS://News.Example:443/a?utm_source=x&id=7#top") == "https://news.example/a?id=7"`.
    """
    own = _clean(url)
    if not html_canonical or not html_canonical.strip():
        return own
    try:
        stated = _clean(urljoin(url.strip(), html_canonical.strip()))
        ours, theirs = urlsplit(own), urlsplit(stated)
    except ValueError:
        return own
    return stated if _believable(ours, theirs) else own


def same_site(one: str | None, other: str | None) -> bool:
    """True when the hosts are equal but for `www.`, `m.`, `amp.` or `mobile.` in front."""
    return bool(one) and bool(other) and _bare_host(one or "") == _bare_host(other or "")


def _believable(own: SplitResult, stated: SplitResult) -> bool:
    if stated.scheme not in ("http", "https") or not same_site(own.hostname, stated.hostname):
        return False
    # Templates often state the front page, or drop the parameter that chooses the story.
    if stated.path in ("", "/") and not stated.query and (own.path not in ("", "/") or own.query):
        return False
    return not (own.query and not stated.query and _digits(own.query) and own.path == stated.path)


def _digits(text: str) -> bool:
    return any(character.isdigit() for character in text)


def _bare_host(host: str) -> str:
    host = host.lower().rstrip(".")
    for prefix in ("www.", "m.", "amp.", "mobile."):
        if host.startswith(prefix) and host.count(".") >= 2:
            return host.removeprefix(prefix)
    return host


def _clean(url: str) -> str:
    """`url` in normal form, or as it stands where it is no web address."""
    raw = _SURROGATE.sub("\ufffd", "".join(url.split())[:_MAX_URL])
    try:
        scrubbed = scrub_url(raw) if raw.count("://") <= 1 and "{" not in raw and "<" not in raw else raw
        parts = urlsplit(scrubbed)
        port = parts.port
        host = decode_punycode(parts.hostname or "")
    except (ValueError, AttributeError, UnicodeError):
        return raw
    scheme = parts.scheme.lower()
    strange = ":" in host and not _HOST.fullmatch(f"[{host}]")
    if scheme not in ("http", "https") or not host or strange:
        return raw
    if ":" in host:
        host = f"[{host}]"
    host = host.rstrip(".").lower()
    if not host:
        return raw
    netloc = host if port is None or (scheme, port) in (("http", 80), ("https", 443)) else f"{host}:{port}"
    path = quote(_SESSION_PATH.sub("", re.sub(r"/{2,}", "/", parts.path)), safe=_SAFE_PATH) or "/"
    fragment = parts.fragment if parts.fragment.startswith("!") else ""
    whole = urlunsplit((scheme, netloc, path, _query(parts.query), quote(fragment, safe=_SAFE_PATH + "?")))
    return whole if len(whole) <= _MAX_URL else _cut(whole)


def _cut(url: str) -> str:
    """The start of a normal form that is too long, itself a normal form: no half of a parameter or of a `%3F`."""
    start = url[:_MAX_URL]
    address, mark, query = start.partition("?")
    if mark and "#" not in address:
        pairs = query.rpartition("&")[0]
        return f"{address}?{pairs}" if pairs else address
    return _HALF_QUOTED.sub("", start)


def _query(query: str) -> str:
    if not query:
        return ""
    pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    kept = sorted((name, value) for name, value in pairs if not _TRACKING.match(name))
    if not any(value for _, value in kept) and "=" not in query:
        return "&".join(quote(name, safe=_SAFE_PATH) for name, _ in kept)  # `?12345` chooses a story too
    return urlencode(kept, errors="surrogateescape")
