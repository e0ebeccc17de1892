"""What incidents reach, decided a parcel or two in a tick, while parcels are filed, amended, cancelled and reported."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.risk import overruling, shard
from streams.risk.aboard import Aboard
from tests.incident_cases import CONTAINER, OTHER_CONTAINER, SEAL, Engine, aboard, cleared, raised
from tests.properties.test_incident_fold import BUSY, restored, unasked
from tests.risk_cases import START_MS, cancel, filing, outcome

Step = tuple[str, Any]
ITEMS = st.sampled_from("ABCDE")
CONTAINERS = st.sampled_from([CONTAINER, CONTAINER, OTHER_CONTAINER])
LINKS = CONTAINERS.map(lambda container: {"equipmentReference": container}) | st.lists(
    ITEMS, min_size=1, max_size=5, unique=True
).map(lambda items: {"itemIds": [{"itemId": item} for item in items]})
FILINGS = st.tuples(st.just("file"), st.tuples(ITEMS, st.integers(0, 1), CONTAINERS))
INCIDENTS = st.tuples(st.just("happen"), st.tuples(LINKS, st.sampled_from(["RED", "YELLOW"])))
STEPS = st.lists(
    FILINGS
    | FILINGS
    | INCIDENTS
    | st.tuples(st.just("clear"), st.integers(0, 3))
    | st.tuples(st.sampled_from(["cancel", "report"]), ITEMS)
    | st.tuples(st.sampled_from(["tick", "restart"]), st.none()),
    min_size=10,
    max_size=30,
)
FIRST: list[Step] = [("file", (item, 0, CONTAINER)) for item in "ABCD"]


class World:
    """An engine, and what incidents should do to its parcels, whenever ticks come and however little they do.

    Every incident is of its own type. `must` holds the parcels that one has to reach, `may` those that it may have
    reached before they left for elsewhere, were cancelled, or their filing was forgotten.
    """

    def __init__(self, remembered: int) -> None:
        self.engine, self.remembered = Engine(BUSY), remembered
        self.marks, self.marked = list[tuple[int, int]](), 0
        self.filed = list[tuple[str, float]]()
        self.inside = dict[str, str]()  # of the parcels not cancelled
        self.price = dict[str, float]()
        self.incidents, self.open = list[Mapping[str, Any]](), set[int]()
        self.must, self.may = set[tuple[str, int]](), set[tuple[str, int]]()

    def step(self, kind: str, what: Any) -> bool:
        """Do as told; whether anything came of it, so that the time that passed is marked."""
        before = len(self.engine.cases)
        visible: bool = getattr(self, kind)(what)
        if visible and self.engine.shard.now_ms > self.marked:
            self.marked = self.engine.shard.now_ms
            self.marks.append((before, self.marked))
        return visible

    def tick(self, _what: None) -> bool:
        findable = set(self.filed[-self.remembered :])
        self._may(
            each for each in self.must if not self.named(*each) and (each[0], self.price[each[0]]) not in findable
        )
        return bool(self.engine.tick())

    def restart(self, _what: None) -> bool:
        saved, self.engine.shard = self.engine.state(), self.engine.fresh()
        self.engine.shard.load(saved)
        return False

    def file(self, what: tuple[str, int, str]) -> bool:
        item, cents, container = what
        price = 20.0 + cents + (container == CONTAINER) / 2  # the content: so it differs from container to container
        amended = item in self.inside
        if self.price.get(item) != price:
            self.filed.append((item, price))
            if amended and self.inside[item] != container:
                self._elsewhere(item)
            self.inside[item], self.price[item] = container, price
            self.must |= {(item, number) for number in self.open if self._concerns(number, item)}
        return self._take(aboard(filing(item, price, function="5" if amended else "9"), container))

    def cancel(self, item: str) -> bool:
        if item not in self.inside:
            return False
        self._take(cancel(item))
        if self.engine.shard.items.get(f"CARRIER_TRACKING/{item}").cancelled:  # those held are not
            del self.inside[item]
            self._may(each for each in self.must if each[0] == item)
        return True

    def report(self, item: str) -> bool:
        """An outcome dated before all incidents: what they did nobody has seen."""
        return item in self.price and self._take(outcome(item, outcome_id=f"o-{len(self.engine.cases)}", at=START_MS))

    def happen(self, what: tuple[dict[str, Any], str]) -> bool:
        number, (links, lane) = len(self.incidents), what
        self.incidents.append(raised(f"inc-{number}", lane, reason={**SEAL, "code": f"CODE_{number}"}, **links))
        self.open.add(number)
        self.must |= {(item, number) for item in self.inside if self._concerns(number, item)}
        self.engine.say(self.incidents[-1])
        return False

    def clear(self, number: int) -> bool:
        if number in self.open:
            self.open.remove(number)
            self.engine.say(cleared(f"inc-{number}"))
        return False

    def named(self, item: str, number: int) -> bool:
        return {"itemId": item} in self.incidents[number]["links"].get("itemIds", ())

    def _elsewhere(self, item: str) -> None:
        """A parcel moved leaves what happened to its container, and may be found where something else had."""
        happened = enumerate(incident["links"] for incident in self.incidents)
        self._may((item, number) for number, links in happened if "equipmentReference" in links)

    def _may(self, reached: Iterable[tuple[str, int]]) -> None:
        reached = set(reached)
        self.must -= reached
        self.may |= reached

    def _concerns(self, number: int, item: str) -> bool:
        container = self.incidents[number]["links"].get("equipmentReference")
        return container == self.inside[item] or self.named(item, number)

    def _take(self, case: Mapping[str, Any]) -> bool:
        number = len(self.engine.cases)
        self.engine.take({**case, "source": {**case["source"], "offset": number}})
        return True


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS, st.integers(1, 2), st.sampled_from([4, 64]))
def test_an_incident_reaches_each_parcel_filed_before_its_end_once_and_no_other_however_ticks_fall(
    steps: list[Step], most: int, remembered: int
) -> None:
    with (
        patch.object(overruling, "MOST_DECIDED", most),
        patch.object(shard, "Aboard", lambda voyage_ms, _: Aboard(voyage_ms, remembered)),
    ):
        world = World(remembered)
        for step in [*FIRST, *steps, ("tick", None)]:
            world.step(*step)
        while world.step("tick", None):
            pass
        again = restored(world.engine, world.marks, unasked(world.engine))
        again.shard.tick(world.engine.shard.now_ms, again.effects)
    engine = world.engine

    causes = [(said, cause) for said in engine.decisions for cause in said["inputEventIds"] if cause[:4] == "inc-"]
    told = {(said["itemId"], int(cause[4:])) for said, cause in causes}
    anew = Counter((said["itemId"], cause) for said, cause in causes if said["source"]["topic"] == "border.control")
    assert world.must <= told <= world.must | world.may
    assert set(anew.values()) <= {1}
    assert again.state() == engine.state()
