"""Shows the families of this process to Prometheus, beside what its library tells of the process itself."""

from collections.abc import Iterator

import structlog
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar as ShownExemplar

from gleaner.telemetry.metrics.registry import FAMILIES, Counter, Gauge, Histogram, Spread

_events = structlog.get_logger("gleaner.metrics")


class _Families(Collector):
    """All families that this process has touched."""

    def collect(self) -> Iterator[Metric]:
        for family in list(FAMILIES.values()):
            try:
                metric = _histogram(family) if isinstance(family, Histogram) else _numbers(family)
            except Exception:  # noqa: BLE001 - one that cannot be told must not hide all others
                _events.warning("metrics.failed", metric=family.name, exc_info=True)
                continue
            if metric.samples:
                yield metric


def _numbers(family: Counter | Gauge) -> Metric:
    kind = CounterMetricFamily if isinstance(family, Counter) else GaugeMetricFamily
    metric = kind(family.name, family.text, labels=list(family.labels))
    for labels, value in sorted(family.read().items()):
        metric.add_metric(labels, value)
    return metric


def _histogram(family: Histogram) -> Metric:
    metric = HistogramMetricFamily(family.name, family.text, labels=list(family.labels))
    for labels, spread in sorted(family.read().items()):
        metric.add_metric(labels, list(_cumulated(family, spread)), spread.sum)
    return metric


def _cumulated(family: Histogram, spread: Spread) -> Iterator[tuple[str, float] | tuple[str, float, ShownExemplar]]:
    total = 0
    for place, bound in enumerate((*map(float, family.buckets), "+Inf")):
        total += spread.counts[place]
        example = spread.exemplars.get(place)
        if example:
            yield str(bound), total, ShownExemplar(example.labels, example.value, example.time)
        else:
            yield str(bound), total


REGISTRY = CollectorRegistry()
REGISTRY.register(_Families())
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)


def expose(accept: str) -> tuple[bytes, str]:
    """What is to be told and its media type: OpenMetrics, with exemplars, for whoever asks for that."""
    encode, media = choose_encoder(accept)
    return encode(REGISTRY), media
