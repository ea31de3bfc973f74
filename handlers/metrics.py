"""What is counted and timed in this process, for Prometheus; what stands in the database is asked when it is read."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from importlib.metadata import version
from platform import python_version

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from bot.backlog import Backlog
from bot.slack_calls import Call

# Slack waits three seconds for an answer; a person notices a tenth of one.
ACK_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 5.0)
WORK_SECONDS = (0.01, 0.05, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 150.0)
KINDS = frozenset(
    {
        "block_actions",
        "block_suggestion",
        "command",
        "event_callback",
        "message_action",
        "shortcut",
        "url_verification",
        "view_closed",
        "view_submission",
    }
)


@dataclass
class Asked:
    """A request of Slack's that is being answered."""

    kind: str
    began: float
    committed: bool = False


_asked: ContextVar[Asked | None] = ContextVar("asked", default=None)


def _tell_what_runs(registry: CollectorRegistry, database: str) -> None:
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    build = Gauge("assay_build_info", "What runs here", ["version", "python", "database"], registry=registry)
    build.labels(version("assay"), python_version(), database).set(1)


class Metrics:
    """One process' figures, in a registry of its own."""

    def __init__(self, *, database: str) -> None:
        self.registry = registry = CollectorRegistry()
        _tell_what_runs(registry, database)
        self._acks = Histogram(
            "assay_slack_ack_seconds",
            "From a request of Slack's to its answer",
            ["kind"],
            buckets=ACK_SECONDS,
            registry=registry,
        )
        self._commits = Histogram(
            "assay_click_to_commit_seconds",
            "From a request of Slack's to the first commit that it caused",
            ["kind"],
            buckets=ACK_SECONDS,
            registry=registry,
        )
        self._calls = Histogram(
            "assay_slack_call_seconds",
            "Calls of Slack's Web API; the outcome is done, refused, busy (429) or unclear. look_up: users.info and "
            "conversations.members together, as a click waits for them; each is counted itself, too",
            ["method", "outcome"],
            buckets=WORK_SECONDS,
            registry=registry,
        )
        self._refusals = Counter(
            "assay_slack_refusals", "Errors that Slack answered, by its word", ["code"], registry=registry
        )
        self._requests = Histogram(
            "assay_http_request_seconds",
            "Requests of the API and of health, by the route's pattern",
            ["method", "route", "status"],
            buckets=WORK_SECONDS,
            registry=registry,
        )
        # Not "job": that label is Prometheus' own, and what we call so would be stored by another name.
        self._jobs = Histogram(
            "assay_job_seconds", "The clock's jobs", ["task", "outcome"], buckets=WORK_SECONDS, registry=registry
        )
        self._ticked = Gauge(
            "assay_job_last_success_timestamp_seconds", "When a job last ended well", ["task"], registry=registry
        )
        self._database_errors = Counter(
            "assay_database_errors", "Transactions that the database ended", ["error"], registry=registry
        )
        self._draining = Gauge("assay_draining", "Whether this process is about to stop", registry=registry)
        self._draining.set(0)
        self._standing = Standing(registry)

    @contextmanager
    def slack_request(self, kind: str) -> Iterator[None]:
        """A request of Slack's is answered in the block."""
        asked = Asked(kind if kind in KINDS else "other", time.perf_counter())
        token = _asked.set(asked)
        try:
            yield
        finally:
            _asked.reset(token)
            self._acks.labels(asked.kind).observe(time.perf_counter() - asked.began)

    @contextmanager
    def job(self, name: str) -> Iterator[None]:
        """A job of the clock runs in the block."""
        began, outcome = time.perf_counter(), "failed"
        try:
            yield
            outcome = "done"
            self._ticked.labels(name).set_to_current_time()
        finally:
            self._jobs.labels(name, outcome).observe(time.perf_counter() - began)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._requests.labels(method, route, str(status)).observe(seconds)

    def slack_call(self, call: Call) -> None:
        """A call of Slack's Web API ended."""
        self._calls.labels(call.method, call.outcome).observe(call.seconds)
        if call.code is not None:
            self._refusals.labels(call.code).inc()

    def committed(self) -> None:
        """A transaction was committed; the first one of a request of Slack's is what the person waits for."""
        asked = _asked.get()
        if asked is not None and not asked.committed:
            asked.committed = True
            self._commits.labels(asked.kind).observe(time.perf_counter() - asked.began)

    def database_failed(self, error: str) -> None:
        """A transaction was ended by the database, or by waiting for it."""
        self._database_errors.labels(error).inc()

    def drains(self) -> None:
        self._draining.set(1)

    def text(self, backlog: Backlog | None) -> bytes:
        """Everything, as Prometheus reads it; None: the database did not say what waits."""
        self._standing.show(backlog)
        return generate_latest(self.registry)


class Standing:
    """What waits, as the database says. Each replica says the same: take the maximum, not the sum."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, about: str, *labels: str) -> Gauge:
            return Gauge(f"assay_{name}", about, labels, registry=registry)

        self._up = gauge("database_up", "Whether the database answered this scrape")
        self._deliveries = gauge("deliveries", "Deliveries by state, counted up to 10,000", "state")
        self._oldest = gauge("delivery_oldest_due_seconds", "How long the oldest due delivery has waited", "kind")
        self._drafts = gauge("drafts_waiting", "Open drafts, counted up to 1,000 a channel")
        self._cards = gauge("open_cards", "Cards that wait for an answer in Slack, in all channels")
        self._channels = gauge("channels", "Channels by state", "state")
        self._full = gauge("channels_full", "Channels that show as many open cards as they may")
        self._overdue = gauge("digests_overdue", "Channels whose latest due digest is not made")
        self._digest_lag = gauge("digest_lag_seconds", "How long the longest overdue digest has been due")
        self._writings = gauge("writings", "Drafts that the model is asked for, counted up to 10,000", "state")
        self._writing_lag = gauge("writing_oldest_due_seconds", "How long the oldest due draft waits for the model")
        self._webhooks = gauge("webhooks", "Webhooks that are told what happens (on), that fail, that are off", "state")
        self._webhook_failing = gauge("webhook_failing_seconds", "How long the longest failing webhook has failed")
        self._labelled = (self._deliveries, self._oldest, self._channels, self._writings, self._webhooks)
        self._single = (
            self._drafts, self._cards, self._full, self._overdue, self._digest_lag, self._writing_lag,
            self._webhook_failing,
        )  # fmt: skip

    def show(self, backlog: Backlog | None) -> None:
        self._up.set(backlog is not None)
        for labelled in self._labelled:
            labelled.clear()
        if backlog is None:
            for single in self._single:
                single.set(float("nan"))  # not known: an old figure would be taken for a new one
            return
        by_labels = (backlog.deliveries, backlog.oldest_due, backlog.channels, backlog.writings, backlog.webhooks)
        for gauge, by_label in zip(self._labelled, by_labels, strict=True):
            for label, number in by_label.items():
                gauge.labels(label).set(number)
        self._drafts.set(backlog.drafts)
        self._cards.set(backlog.cards)
        self._full.set(backlog.full)
        self._overdue.set(backlog.digests_overdue)
        self._digest_lag.set(backlog.digest_lag)
        self._writing_lag.set(backlog.writing_lag)
        self._webhook_failing.set(backlog.webhook_failing)
