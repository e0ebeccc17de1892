"""What a dying worker says: where it died and of what kind of error, never what the error was about."""

from confluent_kafka import KafkaError, KafkaException

from agents.runtime.exits import told


def raised(error: Exception) -> dict[str, object]:
    def fail() -> None:
        raise error

    try:
        fail()
    except Exception as caught:  # noqa: BLE001
        return told(caught)
    raise AssertionError


def test_the_text_of_an_exception_is_not_logged_for_it_may_hold_a_name() -> None:
    said = raised(ValueError("invalid literal: 'Erika Mustermann'"))

    assert "Mustermann" not in str(said)
    assert said["error"] == "ValueError"
    assert "test_exits.py" in str(said["trace"])


def test_what_kafka_says_is_logged() -> None:
    said = raised(KafkaException(KafkaError(KafkaError.FENCED_INSTANCE_ID)))

    assert "FENCED_INSTANCE_ID" in str(said["error"])
