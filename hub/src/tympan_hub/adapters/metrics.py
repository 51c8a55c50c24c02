"""Metrics in the text format of Prometheus: one registry a process, so every process is asked by itself."""

from collections.abc import Iterable
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from tympan_hub.domain.crossings import OPEN
from tympan_hub.domain.webhooks import Answer
from tympan_hub.ports import Levels

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""From an answer out of memory to a body over a slow line."""


class Metrics:
    """``Meter``."""

    def __init__(self, release: str) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        Info("tympan_hub", "The release.", registry=self._registry).info({"release": release})
        self._requests = self._counter("http_requests", "Requests answered.", ("method", "route", "status"))
        self._durations = self._histogram("http_request_duration_seconds", "From head to answer.", ("method", "route"))
        self._reports = self._counter("reports", "Reports of agents, by what became of them.", ("outcome",))
        self._attempts = self._counter("webhook_attempts", "Attempts at webhooks.", ("outcome",))
        self._attempt_s = self._histogram("webhook_attempt_duration_seconds", "How long attempts took.", ())
        self._rounds = self._counter("rounds", "Rounds of work done again and again.", ("round", "outcome"))
        self._round_s = self._gauge("round_duration_seconds", "How long the last round took.", ("round",))
        self._round_at = self._gauge("round_last_success_timestamp_seconds", "When one last ended well.", ("round",))
        self._agents = self._gauge("agents_connected", "Notice streams open in this process.", ())
        self._broker = self._gauge("broker_connected", "1 while this process reaches the broker of notices.", ())
        self._waiting = self._gauge("deliveries_waiting", "Deliveries that wait for webhooks, in the whole hub.", ())
        self._lag = self._gauge("deliveries_lag_seconds", "Age of the oldest delivery that is due.", ())
        self._pool = self._gauge("database_connections", "Connections of this process.", ("pool", "state"))
        self._tunnel = self._gauge("tunnel_jobs", "Jobs in the tunnel, in the whole hub.", ("state",))
        self._failovers = self._counter("tunnel_failovers", "Jobs that went on because their agent was silent.", ())
        for outcome in ("taken", "refused"):
            self._reports.labels(outcome)
        for outcome in ("taken", "refused", "unanswered"):
            self._attempts.labels(outcome)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """As the port says."""
        self._requests.labels(method, route, str(status)).inc()
        self._durations.labels(method, route).observe(seconds)

    def reports(self, taken: int, refused: int) -> None:
        """As the port says."""
        self._reports.labels("taken").inc(taken)
        self._reports.labels("refused").inc(refused)

    def attempt(self, answer: Answer, seconds: float) -> None:
        """As the port says."""
        outcome = "taken" if answer.took else "unanswered" if answer.status is None else "refused"
        self._attempts.labels(outcome).inc()
        self._attempt_s.observe(seconds)

    def failover(self) -> None:
        """As the port says."""
        self._failovers.inc()

    def round(self, name: str, seconds: float, *, well: bool) -> None:
        """As the port says."""
        self._rounds.labels(name, "well" if well else "failed").inc()
        self._round_s.labels(name).set(seconds)
        if well:
            self._round_at.labels(name).set_to_current_time()

    def text(self, levels: Levels) -> bytes:
        """All of it as Prometheus reads it."""
        self._agents.set(levels.agents)
        self._broker.set(levels.broker)
        self._waiting.set(levels.waiting)
        self._lag.set(levels.lag_s)
        for state in sorted(OPEN):
            self._tunnel.labels(state.value).set(levels.tunnel.get(state, 0))
        for pool in levels.pools:
            self._pool.labels(pool.name, "open-at-most").set(pool.size)
            self._pool.labels(pool.name, "in-use").set(pool.used)
        return generate_latest(self._registry)

    def _counter(self, name: str, text: str, labels: Iterable[str]) -> Counter:
        return Counter(f"tympan_hub_{name}", text, tuple(labels), registry=self._registry)

    def _gauge(self, name: str, text: str, labels: Iterable[str]) -> Gauge:
        return Gauge(f"tympan_hub_{name}", text, tuple(labels), registry=self._registry)

    def _histogram(self, name: str, text: str, labels: Iterable[str]) -> Histogram:
        return Histogram(f"tympan_hub_{name}", text, tuple(labels), registry=self._registry, buckets=_SECONDS)
