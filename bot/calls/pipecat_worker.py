"""The Pipecat worker that runs the pipeline of one call, watched by heartbeats."""

from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker

from bot.media import SAMPLE_RATE

STOP_SECS = 5.0  # a pipeline that has not stopped by then is cancelled, twice if need be
HEARTBEAT_SECS = 2.0
STUCK_SECS = 6.0  # no heartbeat came through the pipeline for this long: neither side is heard


def worker_of(pipeline: Pipeline) -> PipelineWorker:
    """The worker, not started yet."""
    return PipelineWorker(
        pipeline,
        params=PipelineParams(
            audio_in_sample_rate=SAMPLE_RATE,
            audio_out_sample_rate=SAMPLE_RATE,
            enable_heartbeats=True,
            heartbeats_period_secs=HEARTBEAT_SECS,
            heartbeats_monitor_secs=STUCK_SECS,
        ),
        cancel_timeout_secs=STOP_SECS,
        enable_rtvi=False,  # a phone has no client to report to
        enable_turn_tracking=False,
        idle_timeout_secs=None,  # silence is the pipeline's own business
    )
