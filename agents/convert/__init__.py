"""Public data sets as our records, so that anyone can try greenlane on real input."""
