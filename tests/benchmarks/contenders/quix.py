"""Quix Streams, exactly once, with commits as rare and buffers as large as ours."""

from tempfile import TemporaryDirectory

import job
from quixstreams import Application

scratch = TemporaryDirectory()  # it makes a folder, though nothing here has state
app = Application(
    state_dir=scratch.name,
    broker_address=job.JOB["broker"],
    consumer_group=job.JOB["group"],
    auto_offset_reset="earliest",
    processing_guarantee="exactly-once",
    commit_interval=job.CYCLE_S,
    commit_every=job.CYCLE_RECORDS,
    consumer_extra_config=job.CONSUMER,
    producer_extra_config=job.PRODUCER,
    consumer_poll_timeout=0.05,
    max_partition_buffer_size=100_000,
    auto_create_topics=False,
    loglevel="ERROR",
)
source = app.topic(job.JOB["source"], value_deserializer="bytes", key_deserializer="bytes")
target = app.topic(job.JOB["target"], value_serializer="bytes", key_serializer="bytes")
# The record's place is not handed to `apply` without metadata; a constant costs less than asking for it.
app.dataframe(source).apply(lambda value: job.work(value, 0, 0)).to_topic(target)
app.run()
