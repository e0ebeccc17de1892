"""Which lane a parcel takes, so that each office's rates hold while chance has its share.

A parcel is decided when it comes: nobody can rank a week that has not happened. So a threshold follows the office's
newest scores (`ranks.py`), and accounts of what each lane took of the newest parcels say what share it should let
through (`account.py`). Both together are the budget of an office (`pool.py`, `pools.py`). A further draw takes parcels
below the threshold: the only labels nobody chose. How often it does follows what it finds (`findings.py`). Rates come
from the configuration and, while running, from the control log (`orders.py`).
"""
