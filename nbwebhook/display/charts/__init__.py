"""Pictures of a run and of an estimate: data in, SVG text out, nothing else touched."""

from .busy import assign_lanes
from .delay import DelayPoint, delay_chart
from .latency import latency_chart
from .outcomes import outcome_chart
from .timeline import timeline_chart
from .waiting import queue_chart

__all__ = [
    "DelayPoint",
    "assign_lanes",
    "delay_chart",
    "latency_chart",
    "outcome_chart",
    "queue_chart",
    "timeline_chart",
]
