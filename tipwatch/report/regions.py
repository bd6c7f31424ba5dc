"""Regions of the world, to narrow the matrix: the statistical regions of the United Nations (M49).

Refuses political meaning: like M49 itself it implies no opinion on the status of a country.
"""

from __future__ import annotations

OTHER = "Elsewhere"

# United Nations Statistics Division, Standard Country or Area Codes for Statistical Use (M49), regions and
# sub-regions, small ones joined. Taiwan and Kosovo, which M49 does not list, stand with their neighbours.
_MEMBERS = {
    "Africa, Northern": "dz eg eh ly ma sd tn",
    "Africa, Eastern": "bi dj er et io ke km mg mu mw mz re rw sc so ss tf tz ug yt zm zw",
    "Africa, Middle": "ao cd cf cg cm ga gq st td",
    "Africa, Southern": "bw ls na sz za",
    "Africa, Western": "bf bj ci cv gh gm gn gw lr ml mr ne ng sh sl sn tg",
    "America, Northern": "bm ca gl pm us",
    "America, Central": "bz cr gt hn mx ni pa sv",
    "America, South": "ar bo br bv cl co ec fk gf gs gy pe py sr uy ve",
    "Caribbean": "ag ai aw bb bl bq bs cu cw dm do gd gp ht jm kn ky lc mf mq ms pr sx tc tt vc vg vi",
    "Asia, Central": "kg kz tj tm uz",
    "Asia, Eastern": "cn hk jp kp kr mn mo tw",
    "Asia, South-eastern": "bn id kh la mm my ph sg th tl vn",
    "Asia, Southern": "af bd bt in ir lk mv np pk",
    "Asia, Western": "ae am az bh cy ge il iq jo kw lb om ps qa sa sy tr ye",
    "Europe, Eastern": "bg by cz hu md pl ro ru sk ua",
    "Europe, Northern": "ax dk ee fi fo gb gg ie im is je lt lv no se sj",
    "Europe, Southern": "ad al ba es gi gr hr it me mk mt pt rs si sm va xk",
    "Europe, Western": "at be ch de fr li lu mc nl",
    "Oceania": "as au cc ck cx fj fm gu hm ki mh mp nc nf nr nu nz pf pg pn pw sb tk to tv um vu wf ws",
}
REGIONS: dict[str, str] = {code: name for name, codes in _MEMBERS.items() for code in codes.split()}


def region(country: str) -> str:
    """The region of a country by its ISO 3166-1 code in any case; `Elsewhere` for one without.

    >>> region("de"), region("zz")
    ('Europe, Western', 'Elsewhere')
    """
    return REGIONS.get(country.lower(), OTHER)
