"""Every code a provider may hear of: why something was refused, and what is odd about what was accepted.

Reject what cannot be identified or parsed, flag what is merely suspicious: a wrong value is itself a signal and must
not vanish. The sentences hold no value of the record, so they may be shown and logged.
"""

from enum import StrEnum, auto
from typing import Any, Self


class Code(StrEnum):
    """A code whose text is its name, with a plain `sentence` for whoever has to mend the data."""

    sentence: str

    def __new__(cls, value: str, sentence: str = "") -> Self:
        code = str.__new__(cls, value)
        code._value_ = value
        code.sentence = sentence
        return code

    @staticmethod
    def _generate_next_value_(name: str, *_: Any) -> str:
        return name


class Reject(Code):
    """Why a record, or one parcel of it, was refused.

    >>> Reject("HS_CODE_FORMAT").sentence
    'An HS code has 6, 8 or 10 digits.'
    """

    # the message as such
    MESSAGE_TOO_LARGE = auto(), "The record is larger than the limit."
    JSON_INVALID = auto(), "The record is not JSON in UTF-8, or is nested too deep."
    DUPLICATE_KEY = auto(), "The same field name occurs twice in one object."
    FIELD_MISSING = auto(), "A required field is absent."
    FIELD_UNKNOWN = auto(), "There is a field here that the schema does not know."
    FIELD_TYPE = auto(), "The value has the wrong JSON type."
    FIELD_EMPTY = auto(), "The text is empty."
    FIELD_TOO_LONG = auto(), "The text is too long."
    FIELD_FORMAT = auto(), "The text does not have the form this field asks for."
    CONTROL_CHARACTER = auto(), "The text contains a control character."
    CODE_NOT_IN_LIST = auto(), "The code is not in the list for this field."
    LIST_EMPTY = auto(), "The list is empty."
    LIST_TOO_LONG = auto(), "The list is too long."
    NUMBER_RANGE = auto(), "The number is outside the range for this field."
    NUMBER_PRECISION = auto(), "The number has too many decimals."
    NUMBER_NOT_FINITE = auto(), "NaN and infinity are no numbers here."
    TIME_NO_ZONE = auto(), "The time has no offset from UTC."
    TIME_FORMAT = auto(), "The time is not of the form 2026-08-20T08:14:31Z, or the date not of the form 2026-08-20."

    # parcels
    ITEM_ID_FORMAT = auto(), "The item identifier does not have the form its type asks for."
    ITEM_ID_CHECK_DIGIT = auto(), "The check digit of the item identifier is wrong."
    CONTAINER_ID_FORMAT = auto(), "The container number is not of the form of ISO 6346."
    CONTAINER_ID_CHECK_DIGIT = auto(), "The check digit of the container number is wrong."
    RECEPTACLE_ID_FORMAT = auto(), "The receptacle identifier is not of the form of UPU S9."
    IOSS_FORMAT = auto(), "An IOSS number is IM and ten digits."
    HS_CODE_FORMAT = auto(), "An HS code has 6, 8 or 10 digits."
    GTIN_CHECK_DIGIT = auto(), "The check digit of the GTIN is wrong."
    GOODS_SEQUENCE_DUPLICATE = auto(), "Two goods items have the same sequence number."
    CATEGORY_EXPLANATION_MISSING = auto(), "Category OTHER needs an explanation."
    COUNTRY_UNKNOWN = auto(), "There is no such country code in ISO 3166-1."

    # sensor events
    SUBJECT_MISSING = auto(), "The event names no container, receptacle or item."
    SENSOR_REPORT_EMPTY = auto(), "A measurement event carries no reading."
    IOT_EVENT_CODE_MISSING = auto(), "A detection event carries no event code."
    SEAL_MISSING = auto(), "A seal event carries no seal."
    READING_EMPTY = auto(), "The reading has neither a value nor an exception."
    READING_NOT_NUMBER = auto(), "The value of the reading is not a number."
    READING_MIN_GT_MAX = auto(), "The smallest value of the reading is above its largest."
    UNIT_MISSING = auto(), "The reading has a number and no unit."
    UNIT_NOT_FOR_TYPE = auto(), "The unit does not measure this type of quantity."
    POSITION_OUT_OF_RANGE = auto(), "Latitude or longitude is beyond its limits."

    # inspection outcomes
    TIMES_REVERSED = auto(), "The inspection was completed before it was started."
    FINDINGS_MISSING = auto(), "NON_CONFORM needs at least one finding."
    FINDINGS_CONTRADICT_RESULT = auto(), "CONFORM cannot have findings."
    DISPOSITION_CONTRADICTS_RESULT = auto(), "Controlled delivery needs the result NON_CONFORM."

    # decisions: the engine holds itself to its own schema
    REASONS_MISSING = auto(), "A lane other than GREEN needs a reason."
    LANE_ACTION_CONTRADICTION = auto(), "The lane and the recommended action contradict each other."
    DNL_NEEDS_HUMAN_REVIEW = auto(), "A do-not-load proposal needs a human review."

    # who sent it
    PROVIDER_UNVERIFIED = auto(), "The record does not prove that it comes from the registered provider it names."

    # found after intake, against the history of the item
    CANCEL_UNKNOWN_ITEM = auto(), "The item to cancel was never filed."
    AMEND_UNKNOWN_ITEM = auto(), "The item to amend was never filed."
    OUTCOME_NO_DECISION = auto(), "The inspected item was never decided on."
    PROVIDER_MISMATCH = auto(), "Only the provider that filed an item may change or cancel it."


class Degraded(Code):
    """What the engine lacked when it decided; it stands among the reasons of the decision and is told to no provider.

    >>> Degraded.MODEL_UNTAUGHT.sentence
    'The model has learnt from too few inspections to be relied on.'
    """

    MODEL_UNTAUGHT = auto(), "The model has learnt from too few inspections to be relied on."
    FEATURE_MISSING = auto(), "Goods code, mass, price or party is missing, so the risk cannot be estimated well."
    CONTROL_STALE = auto(), "What all workers must know had not been heard of for too long when this was decided."


class Flag(Code):
    """What is odd about an accepted record; it is kept, scored and reported back.

    >>> Flag.VALUE_ZERO, Flag.VALUE_ZERO.sentence
    (<Flag.VALUE_ZERO: 'VALUE_ZERO'>, 'The total value is zero.')
    """

    # parcels
    HS_CODE_MISSING = auto(), "Commercial goods have no HS code."
    DESCRIPTION_VAGUE = auto(), "A description of goods says next to nothing."
    VALUE_SUM_MISMATCH = auto(), "The values of the goods do not add up to the total."
    CURRENCY_MIXED = auto(), "Several currencies are used in one parcel."
    VALUE_ZERO = auto(), "The total value is zero."
    NET_MASS_EXCEEDS_GROSS = auto(), "The net mass is above the gross mass."
    S10_ORIGIN_MISMATCH = auto(), "The country in the S10 identifier is not the export country."
    DESTINATION_MISMATCH = auto(), "The consignee's country is not the destination country."
    ORIGIN_MISSING = auto(), "Goods have no country of origin."
    TIME_IN_FUTURE = auto(), "The time lies in the future."
    IOSS_OVER_THRESHOLD = auto(), "An IOSS number is used above its value threshold."
    MASS_MISSING = auto(), "No mass is declared, or it is zero."
    COUNTRY_UNKNOWN = auto(), "A country code is not in ISO 3166-1."
    CURRENCY_UNKNOWN = auto(), "A currency code is not in ISO 4217."
    ITEM_ID_REUSED = auto(), "The item identifier was used before for other content."

    # sensor events
    READING_OUT_OF_RANGE = auto(), "A reading is physically unlikely."
    SENSOR_ERROR_CONDITION = auto(), "A sensor reports an error of its own."
    DEVICE_CLOCK_AHEAD = auto(), "The clock of the device is ahead."
    EVENT_LATE = auto(), "The event arrived late and is not marked historical."
    POSITION_NULL_ISLAND = auto(), "The position is latitude 0, longitude 0."
    SEQUENCE_MISSING = auto(), "There is no sequence number, so gaps cannot be seen."
    SEAL_TIMES_REVERSED = auto(), "The seal was opened before it was sealed."
