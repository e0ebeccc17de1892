"""How well parcels are chosen, beside what others would choose: `make quality`."""
