"""What is said about a value that cannot be believed: the figure, what would be normal, and what it may mean."""

from typing import Any, NamedTuple

from streams.values.prices import Unusual
from streams.values.repeats import REMEMBERED, Invoiced

DAY_MS = 86_400_000
MEANING = {True: "money may be moved under cover of trade", False: "duty may be evaded"}


class Finding(NamedTuple):
    """A reason for a decision (contract, section 4), and whether it is extreme."""

    reason: dict[str, Any]
    extreme: bool


def price(unusual: Unusual, measure: str, *, extreme: bool) -> Finding:
    """A price far from the usual one; `measure` is `kg` or `piece`.

    >>> price(Unusual(-4.2, 1.5, "851830/CN", 80.0, 110.0, 160.0), "kg", extreme=False).reason["text"]
    'The declared 1.5 EUR a kg are 73 times below the usual 110 EUR for goods code 851830 from CN (half cost 80 to \
160 EUR): duty may be evaded.'
    """
    over, ratio = unusual.beyond > 0, unusual.ratio
    goods, _, origin = unusual.goods.partition("/")
    kind = f"{'goods code' if len(goods) == 6 else 'heading'} {goods}{f' from {origin}' if origin else ''}"
    text = (
        f"The declared {figure(unusual.price_eur)} EUR a {measure} are {figure(ratio if over else 1 / ratio)} times"
        f" {'above' if over else 'below'} the usual {figure(unusual.usual_eur)} EUR for {kind}"
        f" (half cost {figure(unusual.low_eur)} to {figure(unusual.high_eur)} EUR): {MEANING[over]}."
    )
    code = "OVER_INVOICING" if over else "UNDER_INVOICING"
    return Finding(_reason(code, "RULE", text, unusual.price_eur, unusual.usual_eur), extreme)


def again(before: Invoiced, at_ms: int, provider: str, *, extreme: bool) -> Finding:
    """The same goods declared as another item."""
    days = (at_ms - before.at_ms) // DAY_MS
    when = f"{days} days before" if days > 1 else "the day before" if days else "less than a day before"
    by = f" by {before.provider}" if before.provider != provider else ""
    text = (
        f"The same goods (code, mass, price) between the same parties were declared {when}{by} as"
        f" {before.identity.replace('/', ' ', 1)}, number {before.times + 1} now: what was sent once may be invoiced"
        " twice."
    )
    return Finding(_reason("MULTIPLE_INVOICING", "PATTERN", text, before.times + 1, 1), extreme)


def one_value(price_eur: float, kinds: int) -> Finding:
    """One value for all kinds of goods."""
    text = (
        f"The seller declared the same {price_eur:.2f} EUR for {kinds} kinds of goods within {REMEMBERED} parcels:"
        " no price list is like that, so the value may be made up."
    )
    return Finding(_reason("REPEATED_VALUE", "PATTERN", text, kinds, 1), extreme=True)


def absurd(eur_per_kg: float, most: float) -> Finding:
    """More than any merchandise of that mass costs."""
    text = (
        f"The declared value is {figure(eur_per_kg)} EUR a kg; other than precious goods nothing costs above"
        f" {figure(most)}: the value may be made up to move money."
    )
    return Finding(_reason("IMPLAUSIBLE_VALUE", "RULE", text, eur_per_kg, most), extreme=True)


def figure(number: float) -> str:
    """Two or three digits, as people say them.

    >>> figure(1.456), figure(73.33), figure(123456.0)
    ('1.5', '73', '123,456')
    """
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"


def _reason(code: str, source: str, text: str, value: float, normal: float) -> dict[str, Any]:
    return {"code": code, "source": source, "text": text, "value": round(value, 4), "normal": round(normal, 4)}
