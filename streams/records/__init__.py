"""What crosses topics: the public records, the internal cases and readings, and the headers they travel with."""
