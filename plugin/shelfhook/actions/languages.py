"""Other notations of a language as its BCP 47 tag: "english" → "en", "pt_br" → "pt-BR".

A table of our own, of the languages that comics and books come in. The library for this
(`langcodes`, MIT, alive) knows names only together with its data, 21 MB on disk and an extension in
C, and takes "Portuguese (Brazil)" for "pt". Codes are those of ISO 639-1 and 639-2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from shelfhook.actions.wording import plain

_LANGUAGES = """
af | afr | afrikaans
ar | ara | arabic, العربية
be | bel | belarusian
bg | bul | bulgarian, български
bn | ben | bengali, bangla
bs | bos | bosnian, bosanski
ca | cat | catalan, valencian, català
cs | cze ces cz | czech, čeština, česky
cy | wel cym | welsh, cymraeg
da | dan dk | danish, dansk
de | ger deu | german, deutsch
el | gre ell gr | greek, modern greek, ελληνικά
en | eng | english
eo | epo | esperanto
es | spa | spanish, castilian, español, castellano
et | est | estonian, eesti
eu | baq eus | basque, euskara
fa | per fas | persian, farsi, فارسی
fi | fin | finnish, suomi
fil | fil | filipino, pilipino
fr | fre fra | french, français
fy | fry | frisian, western frisian, frysk
ga | gle | irish, irish gaelic, gaeilge
gd | gla | scottish gaelic, gàidhlig
gl | glg | galician, galego
gsw | gsw | swiss german, schwyzerdütsch
he | heb | hebrew, עברית
hi | hin | hindi, हिन्दी
hr | hrv | croatian, hrvatski
hu | hun | hungarian, magyar
hy | arm hye | armenian
id | ind | indonesian, bahasa indonesia
is | ice isl | icelandic, íslenska
it | ita | italian, italiano
ja | jpn jp | japanese, 日本語, nihongo
ka | geo kat | georgian
kk | kaz | kazakh
km | khm | khmer
ko | kor | korean, 한국어, hangugeo
la | lat | latin
lb | ltz | luxembourgish, lëtzebuergesch
lt | lit | lithuanian, lietuvių
lv | lav | latvian, latviešu
mk | mac mkd | macedonian
ml | mal | malayalam
mn | mon | mongolian
mr | mar | marathi
ms | may msa | malay, bahasa melayu
mt | mlt | maltese
nb | nob | norwegian bokmål, bokmål
nl | dut nld | dutch, nederlands, flemish, vlaams
nn | nno | norwegian nynorsk, nynorsk
no | nor | norwegian, norsk
oc | oci | occitan
pl | pol | polish, polski
pt | por | portuguese, português
ro | rum ron | romanian, moldavian, română
ru | rus | russian, русский
sk | slo slk | slovak, slovenčina
sl | slv | slovenian, slovene, slovenščina
sq | alb sqi | albanian, shqip
sr | srp | serbian, srpski
sv | swe | swedish, svenska
ta | tam | tamil
te | tel | telugu
th | tha | thai, ไทย
tl | tgl | tagalog
tr | tur | turkish, türkçe
uk | ukr ua | ukrainian, українська
ur | urd | urdu
vi | vie vn | vietnamese, tiếng việt
yi | yid | yiddish
yue | yue | cantonese
zh | chi zho cn | chinese, mandarin, 中文, zhongwen
en-GB | | british english
en-US | | american english
es-419 | | latin american spanish
fr-CA | | canadian french
pt-BR | | brazilian portuguese, português brasileiro, português do brasil
zh-Hans | | simplified chinese, 简体中文
zh-Hant | | traditional chinese, 繁體中文
"""
"""Tag; codes, with the land's code where no language has it and people write it; names."""

_QUALIFIERS = """
419 | latin america, latinoamérica
AT | austria, österreich
AU | australia
BE | belgium
BR | brazil, brasil
CA | canada
CH | switzerland, schweiz, suisse
CN | china
DE | germany, deutschland
ES | spain, españa
FR | france
GB | united kingdom, great britain, uk, england
HK | hong kong
Hans | simplified
Hant | traditional
MX | mexico, méxico
PT | portugal
TW | taiwan
US | united states, usa, america
"""
"""What stands in brackets behind a language: "Portuguese (Brazil)"."""

_BRACKETED = re.compile(r"(?P<language>[^()]+)\((?P<qualifier>[^()]+)\)")
_REGION_OR_SCRIPT = re.compile(r"[A-Za-z]{2}|[0-9]{3}|[A-Za-z]{4}")


def tag(text: str) -> str | None:
    """The BCP 47 tag in its usual case, or None where the notation is not known for certain."""
    name = plain(text)
    known = _by_name().get(name) or _by_code().get(name)
    if known:
        return known
    bracketed = _BRACKETED.fullmatch(name)
    if bracketed:
        language = _by_name().get(bracketed["language"].strip())
        qualifier = _qualifiers().get(bracketed["qualifier"].strip())
        return f"{language}-{qualifier}" if language and qualifier else None
    return _of_parts(re.split(r"[-_]", name))


def _of_parts(parts: list[str]) -> str | None:
    language = _by_code().get(parts[0])
    if language is None or not all(_REGION_OR_SCRIPT.fullmatch(part) for part in parts[1:]):
        return None
    return "-".join([language, *(_cased(part) for part in parts[1:])])


def _cased(part: str) -> str:
    return part.title() if len(part) == 4 else part.upper()


@cache
def _by_code() -> Mapping[str, str]:
    return {code: row[0] for row in _rows(_LANGUAGES) for code in (row[0].lower(), *row[1].split())}


@cache
def _by_name() -> Mapping[str, str]:
    return {plain(name): row[0] for row in _rows(_LANGUAGES) for name in row[2].split(",")}


@cache
def _qualifiers() -> Mapping[str, str]:
    return {plain(name): row[0] for row in _rows(_QUALIFIERS) for name in row[1].split(",")}


def _rows(table: str) -> list[list[str]]:
    return [[part.strip() for part in line.split("|")] for line in table.strip().split("\n")]
