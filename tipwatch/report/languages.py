"""Names of languages in English: Unicode CLDR's, and of ISO 639-3 where CLDR counts speakers but has no name.

Refuses to show a bare code where a name is known.
"""

from __future__ import annotations

from functools import cache

from babel import Locale

# Spoken by one in a hundred of some country (CLDR territory data, Babel 2.18), without an English name there.
# Names are the reference names of ISO 639-3.
_ISO_639_3 = """
abr Abron; apc Levantine Arabic; apd Sudanese Arabic; bap Bantawa; bci Baoulé; buc Bushi; bvb Bube;
cja Western Cham; dnj Dan; dtm Tomo Kan Dogon; dty Dotyali; fbl West Albay Bikol; ffm Maasina Fulfulde;
fud East Futuna; fuq Central-Eastern Niger Fulfulde; fuv Nigerian Fulfulde; fvr Fur;
gcr Guianese Creole French; gos Gronings; haz Hazaragi; hne Chhattisgarhi; hno Northern Hindko; ife Ifè;
jml Jumli; kao Xaasongaxango; kck Kalanga; kjg Khmu; knf Mankanya; kqn Kaonde; kxm Northern Khmer;
laj Lango (Uganda); leb Lala-Bisa; lep Lepcha; lif Limbu; lue Luvale; luz Southern Luri; mdh Maguindanaon;
mfa Pattani Malay; mgp Eastern Magar; mgy Mbunga; mnw Mon; mwk Kita Maninkakan; mxc Manyika; myx Masaaba;
ndc Ndau; ngl Lomwe; nod Northern Thai; nse Nsenga; prd Parsi-Dari; puu Punu; rcf Réunion Creole French;
rkt Rangpuri; rmt Domari; rng Ronga; sav Saafi-Saafi; sef Cebaara Senoufo; skr Saraiki; sou Southern Thai;
swg Swabian; syl Sylheti; tdg Western Tamang; thl Dangaura Tharu; thq Kochila Tharu; thr Rana Tharu;
toi Tonga (Zambia); tsg Tausug; tsj Tshangla; ttj Tooro; tts Northeastern Thai; uli Ulithian;
vic Virgin Islands Creole English; wls Wallisian; wni Ndzwani Comorian; zdj Ngazidja Comorian;
zmi Negeri Sembilan Malay
"""
UNNAMED: dict[str, str] = {
    code: name for code, _, name in (one.strip().partition(" ") for one in _ISO_639_3.split(";"))
}


@cache
def language(code: str) -> str:
    """The English name of a language by its ISO 639 code, a script after an underline in brackets.

    >>> language("fuv"), language("uz_Cyrl"), language("qqq")
    ('Nigerian Fulfulde', 'Uzbek (Cyrillic)', 'qqq')
    """
    english = Locale("en")
    if code in english.languages:
        return str(english.languages[code])
    base, _, script = code.partition("_")
    name = str(english.languages.get(base) or UNNAMED.get(base, base))
    return f"{name} ({english.scripts.get(script, script)})" if script else name
