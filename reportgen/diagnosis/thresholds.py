"""Every default number of the diagnosis, with its unit and where it comes from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """The numbers that rules and questions compare with. ``_ratio`` is a fraction of 1.

    Attributes:
        yes: Probability from which an answer is "yes". Our choice: four in five.
        no: Probability up to which an answer is "no". Our choice: one in five.
        min_epochs: Fewest epochs for anything but divergence to be assessed. Below it no trend can be told from noise.
        window_ratio: Smoothing window as part of the run's length. Our choice, tuned on the labelled runs.
        end_ratio: Part of the run whose mean counts as "the end". Our choice, tuned on the labelled runs.
        recent_ratio: Part of the run that counts as "lately" when progress is measured. Our choice, likewise.
        learned_ratio: Fall of the training loss, of its first value, that counts as having learned. From the
            definition "never below 0.99 of the first value" of runs that do not learn.
        learned_width: How far from that fall, on a smooth curve, the odds are e to 1. Chosen so that the probabilities
            of the development runs and of TaskSet's are calibrated: that definition leaves little room.
        learned_noise: Part of the noise by which that width grows. Chosen likewise.
        plateau_ratio: Rest of the whole fall that may be missing when a curve counts as flat. Our choice: a twentieth.
        plateau_share: Part of the run that it must have been flat for to be called converged. Our choice: a tenth.
        off_scale: Size from which a value counts as diverged though finite: its square is near the end of float64. Our
            choice.
        explosion_ratio: Final training loss over the first one that counts as diverged though finite. From the
            definition "final over twice the first".
        unstable_rise_ratio: Rise of validation over its minimum that, with training getting worse too, counts as
            unstable. From the definition of that label.
        unstable_train_ratio: How much worse training must have become for that. Our choice.
        lost_ratio: Part of the whole improvement that a curve may have lost again at its end for the run to count as
            healthy. Our choice.
        gap_ratio: Gap between validation and training, of the training value, worth a remark. Our choice.
        learning_rate_ratio: Change between neighbouring epochs that counts as a step of the learning rate. Our choice.
    """

    yes: float = 0.8
    no: float = 0.2
    min_epochs: int = 4
    window_ratio: float = 0.1
    end_ratio: float = 0.05
    recent_ratio: float = 0.3
    learned_ratio: float = 0.01
    learned_width: float = 0.001
    learned_noise: float = 0.25
    plateau_ratio: float = 0.05
    plateau_share: float = 0.1
    off_scale: float = 1e100
    explosion_ratio: float = 2.0
    unstable_rise_ratio: float = 0.1
    unstable_train_ratio: float = 0.02
    lost_ratio: float = 0.25
    gap_ratio: float = 0.25
    learning_rate_ratio: float = 0.02


DEFAULTS = Thresholds()
