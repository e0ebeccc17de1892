"""bytewax, at least once: one worker, snapshots to a recovery store as often as we commit."""

from datetime import timedelta
from pathlib import Path

import job
from bytewax import operators as op
from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage, KafkaSource
from bytewax.dataflow import Dataflow
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.run import cli_main

BATCH = 5_000  # the best of 1,000 to 16,000: the sink flushes after each

flow = Dataflow("pass_through")
source = op.input(
    "read", flow, KafkaSource([job.JOB["broker"]], [job.JOB["source"]], batch_size=BATCH, add_config=dict(job.CONSUMER))
)
done = op.map(
    "wrap", source, lambda record: KafkaSinkMessage(record.key, job.work(record.value, record.partition, record.offset))
)
op.output("write", done, KafkaSink([job.JOB["broker"]], job.JOB["target"], add_config=dict(job.PRODUCER)))

recovery = Path(job.JOB["folder"]) / "recovery"
recovery.mkdir(exist_ok=True)
init_db_dir(recovery, 1)
cli_main(
    flow,
    epoch_interval=timedelta(seconds=job.CYCLE_S),
    recovery_config=RecoveryConfig(recovery, backup_interval=timedelta(0)),
)
