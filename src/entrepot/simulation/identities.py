"""Names, e-mails, phones, cards, devices and addresses, with the errors that real records have.

Nothing here looks at what a person buys, except for the keys that a ring shares: whoever resells has a name like
everybody's. Scripts are mixed, since records are; no script, place or prefix goes with any kind of buyer.

Addresses are numbered: first those of all customers, then those of friends and clients, then parcel lockers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from entrepot.simulation import households
from entrepot.simulation.calendar import Bools, Ints
from entrepot.simulation.people import SHARES_PHONE, TRAPS, People

_WRITTEN = (  # (surname, the same in Latin letters), by script
    (
        "Kim Lee Park Smith Jones Brown Taylor Wilson Martin Garcia Novak Rossi Weber Dubois Silva Khan Singh Nguyen Costa Berg",
    )
    * 2,
    (
        "김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권 황 안 송 류 홍",
        "kim lee park choi jung kang cho yoon jang lim han oh seo shin kwon hwang ahn song ryu hong",
    ),
    (
        "王 李 张 刘 陈 杨 赵 黄 周 吴 徐 孙 胡 朱 高 林 何 郭 马 罗",
        "wang li zhang liu chen yang zhao huang zhou wu xu sun hu zhu gao lin he guo ma luo",
    ),
    (
        "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 斎藤 清水 山崎",
        "sato suzuki takahashi tanaka ito watanabe yamamoto nakamura kobayashi kato yoshida yamada sasaki yamaguchi matsumoto inoue kimura saito shimizu yamazaki",
    ),
)
_GIVEN = (
    (
        "Anna Maria Laura Sofia Emma Julia Nina Eva Lena Clara Peter Paul Tom Max Leo Jan Marc Ben Alex David Sara Mina Yuna Grace",
    )
    * 2,
    (
        "서연 민서 지우 서현 하은 지민 수아 지유 채원 유진 민준 서준 도윤 예준 시우 하준 지호 준서 현우 은지 미영 정숙 영희 수빈",
        "seoyeon minseo jiwoo seohyun haeun jimin sua jiyu chaewon yujin minjun seojun doyun yejun siwoo hajun jiho junseo hyunwoo eunji miyoung jungsook younghee subin",
    ),
    (
        "芳 娜 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 秀英 霞 平 刚 桂英 欣怡 子涵 梓萱",
        "fang na min jing li qiang lei jun yang yong yan jie juan tao ming chao xiuying xia ping gang guiying xinyi zihan zixuan",
    ),
    (
        "さくら 陽子 美咲 愛 葵 結衣 優子 恵 真由美 直美 翔 大輔 健太 拓也 誠 学 浩 一郎 蓮 蒼 智子 由美 裕子 久美",
        "sakura yoko misaki ai aoi yui yuko megumi mayumi naomi sho daisuke kenta takuya makoto manabu hiroshi ichiro ren ao tomoko yumi hiroko kumi",
    ),
)
_STREETS = "Garosu-gil,Teheran-ro,Sejong-daero,Itaewon-ro,Mill Lane,Station Road,Park Avenue,High Street,강남대로,을지로,종로,한강대로,南京东路,人民路,中山路,建国路,中央通り,本町,桜通り,青葉通り".split(
    ","
)
_CITIES = "Seoul,Busan,Incheon,서울,부산,上海,北京,広州,東京,大阪,London,Lyon".split(",")
_COUNTRIES = ("KR", "KR", "KR", "KR", "KR", "CN", "CN", "CN", "JP", "JP", "GB", "FR")
_MAIL = "gmail.com,naver.com,daum.net,qq.com,163.com,outlook.com,yahoo.co.jp,icloud.com".split(",")
_COMPANY = ("Trading", "Foods", "Design", "Logistics", "Dental Clinic", "Hotel", "Studio", "Partners")
_PLACEHOLDER_PHONE = "+82 10-0000-0000"
_PEOPLE_IN_A_BLOCK = 24
_PEOPLE_AT_A_LOCKER = 60


@dataclass(frozen=True)
class Identities:
    """Columns by address number (`names`, `addresses`, …) and by registration (`registered`, …).

    Registrations are the rows of the customers table: first one for each person, then the second ones of
    `second`. `card` and `device` number the payment tokens and devices.
    """

    names: pa.Array
    addresses: pa.Array
    postcodes: pa.Array
    cities: pa.Array
    countries: pa.Array
    registration_person: Ints
    registered_day: Ints
    second_of: Ints  # by person: the number of the second registration, −1 if none
    registered_names: pa.Array
    emails: pa.Array
    phones: pa.Array
    has_second_card: Bools
    has_second_device: Bools
    locker_of: Ints  # by person: the address number of the parcel locker used, −1 if none


def _joined(*parts: pa.Array | str) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")


def _text(numbers: Ints, width: int = 0) -> pa.Array:
    text = pa.array(numbers).cast(pa.string())
    return pc.utf8_lpad(text, width=width, padding="0") if width else text


def _choice(options: list[str], which: Ints) -> pa.Array:
    return pa.array(options).take(pa.array(which))


def _flat(pairs: tuple[tuple[str, ...], ...], written: int, script: Ints, which: Ints) -> pa.Array:
    words = [pair[written].split() for pair in pairs]
    starts = np.cumsum([0] + [len(w) for w in words])[:-1]
    return _choice([w for ws in words for w in ws], starts[script] + which)


@dataclass(frozen=True)
class _Named:
    script: Ints
    surname: Ints
    given: Ints

    def written(self) -> pa.Array:
        """As the person writes it: given name first in Latin letters, surname first elsewhere."""
        surname, given = (
            _flat(_WRITTEN, 0, self.script, self.surname),
            _flat(_GIVEN, 0, self.script, self.given),
        )
        latin = pa.array(self.script == 0)
        return pc.if_else(latin, _joined(given, " ", surname), _joined(surname, given))

    def latin(self) -> tuple[pa.Array, pa.Array]:
        """Given name and surname in small Latin letters."""
        surname, given = (
            _flat(_WRITTEN, 1, self.script, self.surname),
            _flat(_GIVEN, 1, self.script, self.given),
        )
        return pc.ascii_lower(given), pc.ascii_lower(surname)


def _named(rng: np.random.Generator, count: int) -> _Named:
    script = rng.choice(4, count, p=[0.3, 0.3, 0.25, 0.15])
    surname = np.minimum(rng.geometric(0.13, count) - 1, 19)
    return _Named(script, surname, rng.integers(0, 24, count))


def _emails(rng: np.random.Generator, named: _Named) -> pa.Array:
    given, surname = named.latin()
    count = len(named.script)
    dot = _choice(["", ".", "_"], rng.integers(0, 3, count))
    number = _text(rng.integers(1, 100_000, count))
    return _joined(given, dot, surname, number, "@", _choice(_MAIL, rng.integers(0, len(_MAIL), count)))


def _phones(rng: np.random.Generator, count: int) -> pa.Array:
    """Mobile numbers, written with or without the country's prefix."""
    prefix = _choice(
        ["+82 10-", "010-", "+8210", "+86 138 ", "+81 90-"], rng.choice(5, count, p=[0.3, 0.3, 0.1, 0.2, 0.1])
    )
    dash = _choice(["-", " ", ""], rng.choice(3, count, p=[0.6, 0.1, 0.3]))
    return _joined(
        prefix, _text(rng.integers(2000, 10_000, count)), dash, _text(rng.integers(0, 10_000, count), 4)
    )


def _streets(rng: np.random.Generator, people: People, count: int, lockers: int) -> tuple[pa.Array, Ints]:
    """Addresses, and for each the number of its postcode: neighbours in a block have one house in common."""
    street, number = rng.integers(0, len(_STREETS) * 40, count), rng.integers(1, 400, count)
    block = people.of_trap("flats")
    blocks = np.arange(len(block)) // _PEOPLE_IN_A_BLOCK
    street[block], number[block] = (blocks * 37) % (len(_STREETS) * 40), 7 + blocks % 300
    unit = rng.random(count) < 0.45
    unit[block] = blocks % 2 == 0
    house = _joined(_text(number), " ", _choice(_STREETS, street % len(_STREETS)))
    flat = _joined(house, ", #", _text(rng.integers(1, 26, count)), _text(rng.integers(1, 9, count), 2))
    written = pc.if_else(pa.array(unit), flat, house).to_numpy(zero_copy_only=False)
    for n in range(lockers):
        written[count - lockers + n] = f"Parcel locker {n + 1}, {_STREETS[n % len(_STREETS)]} {10 + n % 90}"
    return pa.array(written), street


def _lockers(rng: np.random.Generator, people: People, first: int) -> tuple[int, Ints]:
    users = people.of_trap("parcel locker")
    lockers = max(len(users) // _PEOPLE_AT_A_LOCKER, 1)
    locker_of = np.full(people.count, -1, np.int64)
    locker_of[users] = first + rng.integers(0, lockers, len(users))
    return lockers, locker_of


def _typo(rng: np.random.Generator, text: str) -> str:
    """One character dropped, doubled or exchanged with the next."""
    if len(text) < 4:
        return text
    at = int(rng.integers(1, len(text) - 2))
    return (
        text[:at] + text[at + 1 :],
        text[:at] + text[at] + text[at:],
        text[:at] + text[at + 1] + text[at] + text[at + 2 :],
    )[int(rng.integers(0, 3))]


def _misspelt(rng: np.random.Generator, values: pa.Array, share: float) -> pa.Array:
    which = np.flatnonzero(rng.random(len(values)) < share)
    wrong = [_typo(rng, v) for v in values.take(pa.array(which)).to_pylist()]
    mask = np.zeros(len(values), bool)
    mask[which] = True
    return pc.replace_with_mask(values, pa.array(mask), pa.array(wrong, pa.string()))


def _second_registrations(rng: np.random.Generator, people: People) -> Ints:
    """Persons with two customer numbers: a trap among households, a habit among some who resell."""
    resells = (people.started != -1) & (rng.random(people.count) < 0.12)
    return np.flatnonzero((people.trap == TRAPS.index("registered twice")) | resells)


def _again(
    rng: np.random.Generator, named: _Named, second: Ints, names: pa.Array, emails: pa.Array, phones: pa.Array
) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Name, e-mail and phone as given the second time: always one of e-mail and phone as before, or nearly."""
    at, count = pa.array(second), len(second)
    given, surname = named.latin()
    latin = pc.utf8_title(_joined(given.take(at), " ", surname.take(at)))
    how = rng.random(count)
    name = pc.if_else(pa.array(how < 0.4), latin, _misspelt(rng, names.take(at), 0.4))
    same_phone = rng.random(count) < 0.6
    phone = pc.if_else(pa.array(same_phone), phones.take(at), _phones(rng, count))
    fresh = _joined(
        surname.take(at),
        _text(rng.integers(1, 100_000, count)),
        "@",
        _choice(_MAIL, rng.integers(0, 8, count)),
    )
    email = pc.if_else(pa.array(same_phone), fresh, _misspelt(rng, emails.take(at), 0.6))
    return name, email, phone


def _registered_again(rng: np.random.Generator, people: People, second: Ints) -> Ints:
    begin, end = people.joined[second], people.left[second]
    return begin + (rng.random(len(second)) ** 2 * (end - begin)).astype(np.int64)


def _phones_of_rings(people: People, phones: pa.Array) -> pa.Array:
    shares = people.shares & SHARES_PHONE > 0
    return phones.take(pa.array(np.where(shares, people.actor, np.arange(people.count))))


def _companies(rng: np.random.Generator, declared: Bools, names: pa.Array, named: _Named) -> pa.Array:
    """A declared business is registered under a company's name."""
    _, surname = named.latin()
    kind = _choice(list(_COMPANY), rng.integers(0, len(_COMPANY), len(declared)))
    company = _joined(pc.utf8_title(surname), " ", kind, " Co.")
    return pc.if_else(pa.array(declared), company, names)


def make(rng: np.random.Generator, people: People, declared: Bools) -> Identities:
    """Identities of all people, their friends and the parcel lockers; `declared` are registered as business."""
    count = people.count
    lockers, locker_of = _lockers(rng, people, count + households.recipients(people))
    total = count + households.recipients(people) + lockers
    named = _named(rng, total)
    own = _Named(named.script[:count], named.surname[:count], named.given[:count])
    names = named.written()
    addresses, street = _streets(rng, people, total, lockers)
    registered = _companies(rng, declared, names.slice(0, count), own)
    emails, phones = _emails(rng, own), _phones_of_rings(people, _phones(rng, count))
    second = _second_registrations(rng, people)
    again = _again(rng, own, second, registered, emails, phones)
    second_of = np.full(count, -1, np.int64)
    second_of[second] = count + np.arange(len(second))
    placeholder = pa.array(rng.random(count + len(second)) < 0.004)
    phones = pc.if_else(placeholder, _PLACEHOLDER_PHONE, pa.concat_arrays([phones, again[2]]))
    return Identities(
        names=names,
        addresses=addresses,
        postcodes=_text(10_000 + street * 17 % 80_000, 5),
        cities=_choice(_CITIES, street % len(_CITIES)),
        countries=_choice(list(_COUNTRIES), street % len(_CITIES)),
        registration_person=np.concatenate([np.arange(count), second]),
        registered_day=np.concatenate([people.joined, _registered_again(rng, people, second)]),
        second_of=second_of,
        registered_names=_misspelt(rng, pa.concat_arrays([registered, again[0]]), 0.01),
        emails=_misspelt(rng, pa.concat_arrays([emails, again[1]]), 0.005),
        phones=phones,
        has_second_card=rng.random(count) < 0.25,
        has_second_device=rng.random(count) < 0.3,
        locker_of=locker_of,
    )
