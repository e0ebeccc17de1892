"""The budgets of all offices that one shard decides for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from streams.decisions.budgets.pool import Pool
from streams.decisions.lanes import LaneRates
from streams.state.parts import Part

PART = "pool-"
MAX_POOLS = 500  # offices beyond these share the common pool: the field is free text


@dataclass(slots=True)
class Pools:
    """The pool of each office, and the common one (`""`) of all others. Nobody is forgotten."""

    by_office: dict[str, Pool] = field(default_factory=dict)

    def name(self, office: str) -> str:
        """Whose budget a parcel of this office comes under: its own, or the common one."""
        return office if office in self.by_office or len(self.by_office) < MAX_POOLS else ""

    def of(self, name: str, rates: LaneRates, exploring: float = 1.0) -> Pool:
        """The pool of that name, made when first asked for, going by `rates` from now on."""
        pool = self.by_office.get(name)
        if pool is None:
            pool = self.by_office[name] = Pool.of(rates)
        if pool.rates is not rates and pool.rates != rates:
            pool.adopt(rates)
        if pool.exploring != exploring:
            pool.explore(exploring)
        return pool

    def parts(self) -> dict[str, Part]:
        """What is to be saved, office by office: a pool changes with every parcel it counts, and only then."""
        return {
            f"{PART}{number:03}": Part(pool.version, partial(pool.save, office))
            for number, (office, pool) in enumerate(self.by_office.items())
        }

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Take over what was saved; raises `ValueError`."""
        for name in sorted(name for name in parts if name.startswith(PART)):
            office, pool = Pool.loaded(parts[name])
            self.by_office[office] = pool
