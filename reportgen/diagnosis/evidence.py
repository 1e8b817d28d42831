"""The evidence of an answer or a finding: the numbers that it is based on."""

from dataclasses import dataclass, fields

from reportgen.metrics import Split

Number = float | int | str | None


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Typed numbers, each with one meaning. A rule sets those it used; the others are None.

    Values are in the metric's own unit, ``_epoch`` is 1-based, and ``_ratio`` is a fraction of 1. Losses have the
    values that were logged, unless a comment says otherwise.
    """

    # The curve.
    split: Split | None = None
    key: str | None = None  # its name as Keras logs it
    keys: str | None = None  # the names of several, separated by commas; the first few
    first_value: float | None = None
    best_value: float | None = None
    end_value: float | None = None
    last_value: float | None = None
    epoch: int | None = None
    value: float | None = None
    extreme_epoch: int | None = None  # of the lowest loss or highest score, which may be due to noise
    extreme_value: float | None = None
    value_at_best_loss: float | None = None
    # How it moved. The ratios are fractions of its first, its best, or its whole improvement.
    fall_ratio: float | None = None
    train_fall_ratio: float | None = None  # of training, since the best epoch
    rise_ratio: float | None = None
    lost_ratio: float | None = None
    plateau_epoch: int | None = None
    last_over_first: float | None = None
    straightness: float | None = None  # 1 = a straight line, 0 = a plateau
    recent_progress: float | None = None
    recent_progress_ratio: float | None = None
    slope_per_epoch_ratio: float | None = None
    expected_gain: float | None = None  # at the end of the forecast, as a fraction of the best value so far
    epochs_ahead: int | None = None
    gain_low: float | None = None
    gain_high: float | None = None
    # Its noise from epoch to epoch.
    noise: float | None = None
    noise_ratio: float | None = None
    train_noise: float | None = None
    noise_of_fall: float | None = None  # as a fraction of the fall in the second half
    validation_rows: int | None = None
    # Training compared with validation, loss with accuracy.
    train_value: float | None = None
    validation_value: float | None = None
    gap_ratio: float | None = None
    better_ratio: float | None = None
    share: float | None = None  # of the epochs
    train_at_best: float | None = None
    train_at_end: float | None = None
    validation_at_best: float | None = None
    validation_at_end: float | None = None
    loss_at_best: float | None = None
    loss_at_end: float | None = None
    accuracy_at_best: float | None = None
    accuracy_at_end: float | None = None
    train_accuracy: float | None = None
    train_spread: float | None = None  # of the training accuracy
    # Counts of logged values.
    epochs: int | None = None
    needed: int | None = None
    times: int | None = None
    changes: int | None = None
    highest_epoch: int | None = None
    highest_value: float | None = None
    value_before: float | None = None
    # Unusable values: the curve that has them.
    non_finite_in: str | None = None
    off_scale_in: str | None = None
    # The learning rate, and the progress per epoch before and after it was lowered.
    rate_before: float | None = None
    rate_after: float | None = None
    progress_before: float | None = None
    progress_after: float | None = None
    # Why its losses are not judged, or why a rule of another package has no findings.
    reason: str | None = None
    own_rule: str | None = None
    package: str | None = None
    fault: str | None = None
    # The time that an epoch took, in seconds: earlier and at the end.
    seconds_before: float | None = None
    seconds_after: float | None = None
    # What the training used of its machine: bytes at the middle of the run and at its end, and how fast that grew.
    memory_before: int | None = None
    memory_after: int | None = None
    memory_per_hour: int | None = None
    machine_memory: int | None = None
    seconds_left: float | None = None  # until that would be full
    gpu_ratio: float | None = None  # medians over the run
    cpu_cores: float | None = None
    machine_cores: int | None = None
    # The evaluation on test data.
    output: str | None = None  # the output that was evaluated, of a model with several
    score: str | None = None  # its name
    rows: int | None = None
    low: float | None = None  # ends of the 95% interval of ``value``
    high: float | None = None
    validation_reach: float | None = None  # half the width assumed for the validation value
    labels: str | None = None  # names of classes, separated by commas; the first few
    majority_share: float | None = None
    calibration_error: float | None = None
    by_chance: float | None = None
    temperature: float | None = None
    loss_before: float | None = None
    loss_after: float | None = None
    # How the run ended.
    last_epoch: int | None = None
    planned_epochs: int | None = None
    monitor: str | None = None
    patience: int | None = None
    restored_epoch: int | None = None
    best_epoch: int | None = None

    def known(self) -> dict[str, Number]:
        """The numbers that are set, by name."""
        return {item.name: value for item in fields(self) if (value := getattr(self, item.name)) is not None}
