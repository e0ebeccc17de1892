"""Code lists of others, loaded once: ISO 3166-1 countries and ISO 4217 currencies, as pycountry keeps them."""

import pycountry

CUSTOMS_COUNTRIES = frozenset({"XI", "XK"})
"""Northern Ireland and Kosovo: user-assigned in ISO 3166-1, but in daily use on customs declarations."""

COUNTRIES = frozenset(country.alpha_2 for country in pycountry.countries) | CUSTOMS_COUNTRIES
CURRENCIES = frozenset(currency.alpha_3 for currency in pycountry.currencies)
