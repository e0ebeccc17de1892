"""Faust as its documentation shows it: `async for`, one awaited `send` a record (delivery itself is not awaited)."""

import mode.loop

mode.loop.use("uvloop")  # before Faust is imported

import faust  # noqa: E402
import job  # noqa: E402

app = faust.App(
    job.JOB["group"],
    broker=f"kafka://{job.JOB['broker']}",
    datadir=job.JOB["folder"],
    store="memory://",
    web_enabled=False,
    topic_disable_leader=True,
    consumer_auto_offset_reset="earliest",
    broker_commit_interval=job.CYCLE_S,
    broker_commit_every=job.CYCLE_RECORDS,
    stream_buffer_maxsize=job.CYCLE_RECORDS,
    producer_compression_type="lz4",
    producer_linger_ms=5,
    producer_max_batch_size=1_000_000,
)
source = app.topic(job.JOB["source"], value_serializer="raw", key_serializer="raw")
target = app.topic(job.JOB["target"], value_serializer="raw", key_serializer="raw")


@app.agent(source)
async def wrap(stream):
    async for event in stream.events():
        message = event.message
        await target.send(key=event.key, value=job.work(event.value, message.partition, message.offset))


app.finalize()
faust.Worker(app, loglevel="ERROR").execute_from_commandline()
