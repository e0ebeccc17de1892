"""Sensor events in other people's words, one file a vocabulary: EPCIS 2.0, DCSA, SenML.

A vocabulary makes SensorEvents of a parsed document and tells, by code and JSON pointer, what it could not say in our
words. Whatever it yields has passed the checks of intake. Nothing is guessed: what a document does not tell of itself
(who runs the device, which container it is on) stands in a `Setting`.
"""
