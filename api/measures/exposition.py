"""Writes figures as the text that Prometheus and everything like it reads; knows nothing of what they mean."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Shape(StrEnum):
    """How a figure moves: only up, up and down, or as a distribution."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One name that is exported; `help` says what it counts, in which unit."""

    name: str
    shape: Shape
    help: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One value with its labels; `suffix` is of a histogram's parts."""

    value: float
    labels: Mapping[str, str]
    suffix: str = ""


def exposed(families: Iterable[tuple[Metric, Iterable[Sample]]]) -> str:
    """The whole text; a metric without a value is declared all the same."""
    return "".join(f"{line}\n" for metric, samples in families for line in _lines(metric, samples))


def _lines(metric: Metric, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# HELP {metric.name} {_escaped(metric.help)}"
    yield f"# TYPE {metric.name} {metric.shape}"
    for sample in samples:
        yield f"{metric.name}{sample.suffix}{_labels(sample.labels)} {_number(sample.value)}"


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    inside = (f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return "{" + ",".join(inside) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if float(value).is_integer() else repr(float(value))
