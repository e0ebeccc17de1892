"""`python -m tests.schemes`: plant, run, and print what came to light. Ends with 1 where that is not enough."""

import argparse
import sys
import time

from agents.simulator.weeks import Weeks
from tests.schemes.border import Border
from tests.schemes.table import Judge, drawn


def main() -> int:
    """Run as many weeks as asked for."""
    asked = argparse.ArgumentParser(prog="python -m tests.schemes", description=__doc__)
    asked.add_argument("--parcels", type=int, default=100_000)
    asked.add_argument("--boxes", type=int, default=120, help="containers, each with two devices")
    asked.add_argument("--days", type=float, default=7.0)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--unregistered", action="store_true", help="tell the engine nothing of devices and terminals")
    asked.add_argument("--detail", action="store_true", help="also print what was missed, and what was false")
    told = asked.parse_args()
    began_s, weeks = time.monotonic(), Weeks(told.seed, told.parcels, told.boxes, told.days)
    table = Judge(Border(weeks, registered=not told.unregistered).run()).table()
    sys.stdout.write("\n".join(drawn(table)) + f"\nin {time.monotonic() - began_s:.0f} s\n")
    if told.detail:
        sys.stdout.writelines(f"missed: {planted}\n" for planted in table.missed)
        sys.stdout.writelines(f"false: {said}\n" for said in table.false)
    return 0 if table.met else 1


if __name__ == "__main__":
    sys.exit(main())
