"""The use of resources: what is stored reads back unchanged, and damaged data is an error of one line."""

import json
from dataclasses import replace
from typing import Any

import pytest

import reportgen
from reportgen.errors import HistoryError
from reportgen.history.frame import TrainingHistory
from reportgen.history.resource_use import ResourceUse, pack_resources, unpack_resources

USE = ResourceUse(
    seconds=(2.0, 4.1, 6.0),
    memory_bytes=(500, 700, 600),
    cpu_cores=(1.0, 1.5, 0.25),
    gpu_ratio=(0.0, 0.5, 1.0),
    gpu_memory_bytes=(0, 10, 20),
    machine_cores=8,
    machine_memory_bytes=1000,
    gpus=("Card",),
    machine_gpu_memory_bytes=100,
)
PACKED = pack_resources(USE)


def test_a_use_survives_json_histories_and_reports(tmp_path: Any) -> None:
    history = reportgen.load({"loss": [0.9, 0.5]})
    history = history.with_run(replace(history.run, resources=USE))
    assert TrainingHistory.from_json(history.to_json()) == history
    reportgen.build(history).save(tmp_path / "r.html")
    assert reportgen.load(tmp_path / "r.html").run.resources == USE
    without = replace(USE, gpu_ratio=(), gpu_memory_bytes=(), gpus=(), machine_gpu_memory_bytes=0)
    assert unpack_resources(json.loads(json.dumps(without.to_dict()))) == without


@pytest.mark.parametrize(
    "changed",
    [
        [],
        None,
        {},
        PACKED | {"seconds": []},
        PACKED | {"seconds": [1.0, 2.0]},
        PACKED | {"seconds": [2.0, 2.0, 6.0]},
        PACKED | {"seconds": [6.0, 4.0, 2.0]},
        PACKED | {"seconds": [-1.0, 2.0, 6.0]},
        PACKED | {"seconds": [1.0, float("nan"), 6.0]},
        PACKED | {"memory_bytes": [1.5, 2, 3]},
        PACKED | {"memory_bytes": [True, 2, 3]},
        PACKED | {"memory_bytes": [10**400, 2, 3]},
        PACKED | {"memory_bytes": "abc"},
        PACKED | {"cpu_cores": [None, 1.0, 1.0]},
        PACKED | {"gpu_ratio": [0.5]},
        PACKED | {"gpu_ratio": [0.5, 1.5, 0.5]},
        PACKED | {"gpus": [{}]},
        PACKED | {"gpus": ["\ud800"]},
        PACKED | {"machine_cores": -1},
        PACKED | {"machine_cores": {}},
    ],
)
def test_damaged_data_is_an_error_of_one_line(changed: object) -> None:
    with pytest.raises(HistoryError, match="damaged") as raised:
        unpack_resources(changed)
    assert "\n" not in str(raised.value)


def test_a_history_with_a_use_of_the_wrong_form_cannot_be_made() -> None:
    history = reportgen.load({"loss": [0.9, 0.5]})
    for wrong in (PACKED, replace(USE, cpu_cores=()), replace(USE, seconds=[1.0, 2.0, 3.0])):
        with pytest.raises(HistoryError, match="resources"):
            history.with_run(replace(history.run, resources=wrong))  # type: ignore[arg-type]
