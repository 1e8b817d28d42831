"""The runs of the benchmark of comparisons form the groups that it measures."""

import reportgen
from benchmarks import bench_comparison


def test_the_runs_form_groups_by_their_names():
    found = reportgen.compare(bench_comparison.load_runs(12, 3))
    assert [len(group.runs) for group in found.groups] == [4, 4, 4]
    assert found.groups[0].name == "group0"


def test_the_unpaired_runs_are_a_thousand_in_groups_of_different_sizes():
    sizes = [len(runs) for runs in bench_comparison.load_unpaired().values()]
    assert (len(sizes), len(set(sizes)), sum(sizes)) == (20, 20, 1_000)


def test_only_the_work_is_measured():
    prepared = []
    cost = bench_comparison.processor_time(len, lambda: prepared.append(1) or prepared, rounds=3)
    assert len(prepared) == 4
    assert 0 <= cost < 0.1
