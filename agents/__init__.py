"""Who moves it: Faust, Kafka, time, files, HTTP. `agents` imports `streams`, never the reverse."""
