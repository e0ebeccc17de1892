"""One parcel as its provider declares it, and the truth about it."""

from random import Random
from typing import Any, NamedTuple

from agents.simulator import identifiers, places
from agents.simulator.goods import VAGUE
from agents.simulator.happenings import Truth
from agents.simulator.providers import Habits, Provider, Seller
from agents.simulator.schemes import MULE_ADDRESS, SPLIT_CONSIGNMENT, Line, Scheme, honest_line

IOSS_LIMIT_EUR = 150.0


class Parcel(NamedTuple):
    fields: dict[str, Any]
    truth: Truth


def make_parcel(provider: Provider, seller: Seller, consignee: dict[str, Any], number: int, rng: Random) -> Parcel:
    """Pack a parcel, then declare it: by its scheme if the seller cheats this time, and with the provider's care."""
    scheme = seller.scheme if rng.random() < seller.cheats else None
    kinds = 1 if scheme or rng.random() < 0.7 else min(2, len(seller.goods))
    lines = [honest_line(good, rng) for good in rng.sample(seller.goods, kinds)]
    worth_eur = sum(line.value_eur for line in lines)
    if scheme:
        scheme.declare(lines[0], rng)
    item_id = _item_id(provider, seller, number)
    truth = _truth(item_id, scheme, lines[0], worth_eur)
    fields = _declare(provider, seller, consignee, lines, rng)
    return Parcel({"itemIdType": provider.item_id_type, "itemId": item_id, **fields}, truth)


def _truth(item_id: str, scheme: Scheme | None, first: Line, worth_eur: float) -> Truth:
    if scheme is None:
        return Truth(item_id)
    return Truth(item_id, scheme.name, scheme.category, round(worth_eur, 2), first.good.hs_code)


def _item_id(provider: Provider, seller: Seller, number: int) -> str:
    match provider.item_id_type:
        case "S10":
            return identifiers.s10("LZ", number, seller.country)
        case "SSCC":
            return identifiers.sscc("4000001", number)
        case "HAWB":
            return f"{provider.provider_id[:3]}{number:010d}"
        case _:
            return f"{provider.provider_id[:2]}{number:012d}"


def _declare(
    provider: Provider, seller: Seller, consignee: dict[str, Any], lines: list[Line], rng: Random
) -> dict[str, Any]:
    habits = provider.habits
    goods = [_goods_item(index, line, seller, habits, rng) for index, line in enumerate(lines, start=1)]
    total_eur = round(sum(line.value_eur for line in lines), 2)
    if rng.random() < habits.wrong_sum:
        total_eur = round(total_eur * rng.choice((0.5, 1.1)), 2)
    net_kg = sum(line.net_mass_kg for line in lines)
    fields = {
        "exportCountry": seller.country,
        "destinationCountry": consignee["address"]["country"],
        "categoryOfItem": "SALE_OF_GOODS",
        "consignor": seller.party,
        "consignee": consignee,
        "numberOfPackages": 1,
        "grossMass": _mass(round(net_kg * 1.15 + 0.02, 3), habits),
        "totalValue": _money(total_eur, habits),
        "goodsItems": goods,
    }
    return fields | _trade(provider, seller, total_eur, rng)


def _trade(provider: Provider, seller: Seller, total_eur: float, rng: Random) -> dict[str, Any]:
    if provider.role != "PLATFORM":
        return {"postalCharges": {"amount": f"{rng.uniform(3, 20):.2f}", "currency": "EUR"}}
    order = f"{provider.provider_id[:2]}-{rng.randrange(10**8):08d}"
    platform = {
        "name": provider.provider_id.title(),
        "orderId": order,
        "sellerId": seller.seller_id,
        "knownSeller": True,
    }
    return {"platform": platform, **({"iossNumber": identifiers.ioss(rng)} if total_eur <= IOSS_LIMIT_EUR else {})}


def _goods_item(number: int, line: Line, seller: Seller, habits: Habits, rng: Random) -> dict[str, Any]:
    item: dict[str, Any] = {
        "sequenceNumber": number,
        "description": rng.choice(VAGUE) if rng.random() < habits.vague else line.description,
        "quantity": line.quantity,
        "value": _money(line.value_eur, habits),
        "netMass": _mass(line.net_mass_kg, habits),
    }
    if rng.random() >= habits.no_hs:
        item["hsCode"] = line.hs_code
    if rng.random() >= habits.no_origin:
        item["originCountry"] = seller.country
    return item


def _money(amount_eur: float, habits: Habits) -> dict[str, Any]:
    return {"amount": f"{amount_eur:.2f}" if habits.numbers_as_text else amount_eur, "currency": "EUR"}


def _mass(mass_kg: float, habits: Habits) -> dict[str, Any]:
    return {"value": f"{mass_kg:.3f}" if habits.numbers_as_text else mass_kg, "unitCode": "KGM"}


def make_consignee(seller: Seller, crowd: places.People, rng: Random) -> dict[str, Any]:
    """Who is to receive it: one of the crowd, or, for a mule address, ever another name at the same door."""
    if seller.scheme is MULE_ADDRESS:
        return places.person(rng, rng.choice(seller.mules))
    if seller.scheme is SPLIT_CONSIGNMENT:
        return {"name": "Collection Point", "typeOfPerson": "2", "address": seller.mules[0]}
    return crowd.draw(rng)
