"""What is in parcels: goods by HS 2022 sub-heading, with the prices and masses that are usual for them."""

import math
from random import Random
from typing import NamedTuple


class Good(NamedTuple):
    """Price and mass of one piece are log-normal around their medians; `spread` is the sigma of both."""

    hs_code: str
    description: str
    price_eur: float
    mass_kg: float
    spread: float = 0.3

    def draw_price_eur(self, rng: Random) -> float:
        return max(0.5, round(self.price_eur * math.exp(rng.gauss(0, self.spread)), 1))

    def draw_mass_kg(self, rng: Random) -> float:
        return max(0.005, round(self.mass_kg * math.exp(rng.gauss(0, self.spread)), 3))


GOODS = (
    Good("851830", "Wireless earphones with charging case", 29, 0.21),
    Good("851713", "Smartphone, 128 GB, unlocked", 260, 0.38),
    Good("847130", "Laptop computer, 14 inch", 520, 1.9),
    Good("851762", "Wireless router, dual band", 41, 0.55),
    Good("850440", "USB power adapter, 65 W", 17, 0.16),
    Good("854442", "USB-C charging cable, 2 m", 6, 0.06),
    Good("852852", "Computer monitor, 24 inch", 135, 4.2, 0.2),
    Good("880622", "Camera drone with remote control", 210, 0.9),
    Good("910211", "Quartz wrist watch, steel strap", 64, 0.14),
    Good("711719", "Imitation jewellery, necklace", 9, 0.04),
    Good("610910", "T-shirt, cotton, knitted", 11, 0.19),
    Good("611030", "Pullover of polyester, knitted", 24, 0.42),
    Good("620342", "Men's trousers, cotton", 31, 0.56),
    Good("640411", "Running shoes, textile upper", 58, 0.82),
    Good("420222", "Handbag, outer surface of textile", 47, 0.6),
    Good("950300", "Building blocks toy set, 500 pieces", 27, 0.75),
    Good("950450", "Game console controller", 36, 0.3),
    Good("330499", "Face cream, 50 ml", 14, 0.12),
    Good("330300", "Eau de parfum, 100 ml", 44, 0.35),
    Good("732393", "Stainless steel vacuum flask", 16, 0.41),
    Good("392690", "Silicone phone case", 5, 0.05),
    Good("940542", "LED table lamp", 22, 0.7),
    Good("490199", "Paperback novel", 12, 0.34),
    Good("871499", "Bicycle brake set", 38, 0.6),
    Good("820559", "Hand tool set, 24 pieces", 26, 1.3),
    Good("210690", "Protein powder, vanilla, 500 g", 21, 0.55, 0.2),
    Good("090111", "Coffee beans, not roasted, 1 kg", 13, 1.02, 0.15),
    Good("300490", "Herbal throat lozenges", 8, 0.09),
)
CIGARETTES = Good("240220", "Cigarettes", 60, 0.3)
BY_HS = {good.hs_code: good for good in GOODS}
VAGUE = ("gift", "goods", "sample", "parts", "clothes", "accessories")
