"""Every threshold of the diagnosis, with its unit and source.

Shares such as "45 of 47 flagged runs" were counted on 2,915 runs of `benchmarks.make_runs` that were examined only
after the numbers were fixed (exception: `flat_loss`). "Siblings" are runs of one group (same table, network and
optimizer) with the same label noise.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """The numbers that rules and questions compare against. ``_ratio`` is a fraction of 1.

    Attributes:
        yes: Probability from which an answer is "yes". Our choice: four in five.
        no: Probability up to which an answer is "no". Our choice: one in five.
        possible: Probability from which overfitting is reported as possible, though unsure. Our choice.
        min_epochs: Fewest epochs to assess anything but divergence; with fewer, trends cannot be separated from noise.
        window_ratio: Smoothing window as part of the run's length. Our choice, tuned on the labelled runs.
        end_ratio: Part of the run whose mean counts as "the end". Our choice, tuned on the labelled runs.
        recent_ratio: Part of the run that counts as recent when progress is measured. Our choice, likewise.
        learned_ratio: Fall of the training loss, of its first value, that counts as having learned. From the
            definition "never below 0.99 of the first value" of runs that do not learn.
        learned_width: Distance from that fall at which the odds are e to 1 on a smooth curve. Chosen so that the
            probabilities of the development runs and of TaskSet are calibrated.
        learned_noise: Part of the noise that is added to that width. Chosen likewise.
        plateau_ratio: Part of the total fall that may be missing when a curve counts as flat. Our choice: a twentieth.
        plateau_share: Part of the run for which a curve must be flat to count as converged. Our choice: a quarter.
        off_scale: Size from which a finite value counts as diverged: its square is near the limit of float64. Our
            choice.
        explosion_ratio: Ratio of final to first training loss that counts as diverged, even if finite. From the
            definition "final over twice the first".
        unstable_rise_ratio: Rise of validation over its minimum that, with training getting worse too, counts as
            unstable. From the definition of that label.
        unstable_train_ratio: How much worse training must have become for that. Our choice.
        visible_ratio: Rise of validation above its best, as a fraction of it, from which it is mentioned and possible
            overfitting is the verdict. Our choice.
        lost_ratio: Part of the whole improvement that a curve may have lost again at its end for the run to count as
            healthy. Our choice.
        gap_ratio: Gap between validation and training, of the training value, that is reported. Our choice.
        learning_rate_ratio: Change between neighbouring epochs that counts as a step of the learning rate. Our choice.
        real_difference: Difference of the best values of two runs, in standard deviations of the noise of both curves,
            that counts as a difference. Our choice: two.
        unstable_noise: Rise of validation, as a multiple of its noise, that counts as unstable. Our choice; 13 of 16
            flagged runs carry that label (.03 of all do).
        noisy_ratio: Epoch-to-epoch noise of validation, of its best value, that is reported. Our choice; with the
            next, 76 of 96 flagged runs had at most 120 validation rows (.61 of all).
        noisy_times: The same as a multiple of the noise of training. Our choice, as above.
        noisy_epochs: Fewest validated epochs for noise, or for a turn of the accuracy, to be judged. Our choice.
        spike_ratio: Height of a spike above the median of the epochs around it, as a fraction of it. Our choice.
        spike_noise: The same as a multiple of the curve's noise. Our choice, seen on 369 real logs: 2% have one.
        spike_reach: Maximum duration of a spike, in epochs. Our choice.
        spike_epochs: Fewest epochs to look for spikes. Our choice.
        spike_share: Part of the epochs above which jumps no longer count as spikes. Our choice.
        flat_share: Part of the epochs at one value from which an accuracy counts as flat. Our choice; in 26 of 27 runs
            with this finding the accuracy on independent rows was constant too (standard deviation under 0.005; .33 of
            all). Whether all rows got one class is unknown, so the sentences leave that open.
        flat_epochs: Fewest epochs for that. Our choice.
        flat_wobble: Range of the training accuracy, without its lowest tenth, up to which it is also flat. Our choice.
        flat_loss: Training loss, relative to the lowest possible one of a constant prediction, below which the model
            must distinguish rows. Our choice: without it, good models with a converged accuracy had this finding.
        perfect_accuracy: Validation accuracy that counts as perfect. Our choice: 1 to three digits.
        perfect_epochs: Fewest epochs with perfect accuracy to report. Our choice.
        perfect_share: Part of the run's second half with perfect accuracy. Our choice.
        underfit_fall: Fall of the training loss, of its first value, up to which little was learned. With the next
            three, 27 of 32 flagged runs (.45 of all) had a sibling with another learning rate
            whose training loss was at least 20% lower.
        underfit_epochs: Fewest epochs for that. Our choice: with fewer, the first epoch may have done the learning.
        underfit_gap: Gap between validation and training above which it is not underfitting. Our choice.
        underfit_accuracy: Training accuracy above which it is not underfitting. Our choice.
        better_ratio: How much better than training validation must be, as a fraction. Our choice; 409 of 495 flagged
            runs had dropout (.51 of all).
        better_share: Part of the second half's epochs in which it must be. Our choice.
        confidence_rise: Rise of the validation loss over its best that is reported if the accuracy did not fall. Our
            choice; in 230 of 284 flagged runs (.27 of all) the test loss had risen by 5%, and the test
            accuracy had not fallen by 0.01.
        bounce_lost: Part of its improvement that training has lost again when the learning rate counts as too high.
            With the next, 8 of 11 flagged runs (.16 of all) had a sibling with at most a third of the rate whose
            training loss was at least 20% lower; 37 of 40 of the runs it was chosen on. One in twenty of such runs is
            flagged.
        bounce_noise: Epoch-to-epoch noise of validation, of its best value, needed for that. Likewise.
        rate_epochs: Fewest epochs for that. Our choice.
        slow_straightness: Fall in the second half, of that in the first, from which a learning rate counts as too low.
            With the next two, 45 of 47 flagged runs (.63 of all) had a sibling with at least three times the rate whose
            training loss was at least 20% lower. One in sixteen of such runs is flagged.
        slow_noise: Noise of the second half, of its fall, up to which that holds. Likewise.
        slow_fall: Fall of the training loss, of its first value, up to which it applies; above that, most is learned.
        slow_epochs: Fewest epochs for that. Our choice.
        drop_ratio: New learning rate, of the old, up to which a step counts as a drop. Our choice.
        drop_epochs: Fewest epochs before and after a drop. Our choice.
        drop_progress: Fall in the last third before a drop, of the value at it, that counts as progress. Our choice.
        drop_times: How many times faster it was before than after. Our choice; 19 of 26 flagged runs (.65 of all) had a
            sibling with three times the rate whose training loss was at least 20% lower (on runs that it was chosen
            on), so the sentences claim no cause.
        held_fall: Fall of the training loss, of its first value, from which a validation loss that does not move at all
            means that the model does not generalise. Our choice.
        held_spread: Range of a validation loss, of its first value, up to which it does not move. Our choice.
        wide_gap: Training accuracy minus validation accuracy that counts as a large gap. Our choice: a tenth.
        narrow_gap: The same, below which there is no large gap whatever the losses are. Our choice.
        gap_times: Validation loss over training loss that counts as a large gap. Our choice: three.
        gap_times_alone: The same without accuracies. Our choice: two.
        explosion_times: Size of a single value, of the first and the median value, that counts as an explosion. Our
            choice.
        ended_rate: Learning rate at the end, of the highest one, up to which the schedule has ended. Our choice.
        far_end: How far a curve may end above its best, of its scale, without being unstable or overfitting. Eleven of
            twelve such development runs were labelled unstable.
        lost_progress: Part of its fall that training may have lost again. Likewise, 17 of 26.
        late_fall: Fall of the judged curve in the last fifth of a run, of its value, from which it has not stopped
            improving. Our choice.
        likely: Probability from which a sentence says that something is so. Our choice: four in five.
        probably: Probability from which it says "probably". Our choice; between this and its complement, it says that
            it is unsure.
        sureness: Divided by the squared number of evaluations: how far a probability stays away from 0 and 1. Our
            choice: at four evaluations, nothing is more certain than nine in ten; the calibration of long runs is kept.
        drop_rest: Fall after a drop, of the value at it, that counts as no progress. Our choice.
        never_predicted_rows: Fewest test rows of a class that is never predicted, to report it. Our choice.
        majority_rows: Fewest test rows to compare with the most frequent class. Our choice.
        calibration_error: Expected calibration error that is reported if chance does not explain it. Our choice: one in
            twenty.
        timed_epochs: Fewest epochs with a time, to report that they slow down. Our choice.
        slower: Times as long as earlier ones that the last epochs take, to report it. Our choice: less is common when
            several programs share a machine.
        slower_s: Seconds that they take longer at least. Our choice: shorter times vary with the machine.
        sampled_s: Seconds over which a run must have been sampled to judge its use of resources. Our choice: in
            two minutes, libraries are loaded and buffers of data are filled.
        memory_samples: Fewest samples in the second half of a run to judge growth. Our choice.
        grown_ratio: Growth of memory over the second half of a run, of its median there, that is reported. Our choice.
        grown_bytes: Least growth for that. Our choice: less is common without a leak.
        grown_evenly: Part of the mean growth by which each quarter of that half must exceed the one before. Our choice:
            a cache that fills or a single step does not.
        gpu_samples: Fewest samples to judge whether a graphics card is idle. Our choice.
        idle_gpu: Median use of the graphics cards below which they are idle. Our choice.
        busy_cores: Processor cores in use, the median, from which the processors are busy. Our choice: one thread
            of a program keeps almost one busy.
    """

    yes: float = 0.8
    no: float = 0.2
    possible: float = 0.3
    min_epochs: int = 4
    window_ratio: float = 0.1
    end_ratio: float = 0.05
    recent_ratio: float = 0.3
    learned_ratio: float = 0.01
    learned_width: float = 0.001
    learned_noise: float = 0.25
    plateau_ratio: float = 0.05
    plateau_share: float = 0.25
    off_scale: float = 1e100
    explosion_ratio: float = 2.0
    unstable_rise_ratio: float = 0.1
    unstable_train_ratio: float = 0.02
    visible_ratio: float = 0.01
    lost_ratio: float = 0.25
    gap_ratio: float = 0.25
    learning_rate_ratio: float = 0.02
    real_difference: float = 2.0
    unstable_noise: float = 2.0
    noisy_ratio: float = 0.1
    noisy_times: float = 4.0
    noisy_epochs: int = 8
    spike_ratio: float = 0.2
    spike_noise: float = 8.0
    spike_reach: int = 3
    spike_epochs: int = 10
    spike_share: float = 0.1
    flat_share: float = 0.8
    flat_epochs: int = 5
    flat_wobble: float = 0.02
    flat_loss: float = 0.95
    perfect_accuracy: float = 0.9995
    perfect_epochs: int = 5
    perfect_share: float = 0.8
    underfit_fall: float = 0.1
    underfit_epochs: int = 8
    underfit_gap: float = 0.1
    underfit_accuracy: float = 0.8
    better_ratio: float = 0.1
    better_share: float = 0.8
    confidence_rise: float = 0.1
    bounce_lost: float = 0.1
    bounce_noise: float = 0.1
    rate_epochs: int = 8
    slow_straightness: float = 0.2
    slow_noise: float = 0.05
    slow_fall: float = 0.7
    slow_epochs: int = 15
    drop_ratio: float = 0.5
    drop_epochs: int = 5
    drop_progress: float = 0.05
    drop_times: float = 5.0
    drop_rest: float = 0.01
    held_fall: float = 0.1
    held_spread: float = 0.01
    wide_gap: float = 0.1
    narrow_gap: float = 0.02
    gap_times: float = 3.0
    gap_times_alone: float = 2.0
    explosion_times: float = 20.0
    ended_rate: float = 0.005
    far_end: float = 0.3
    lost_progress: float = 0.25
    late_fall: float = 0.02
    likely: float = 0.8
    probably: float = 0.55
    sureness: float = 1.6
    never_predicted_rows: int = 5
    majority_rows: int = 20
    calibration_error: float = 0.05
    timed_epochs: int = 12
    slower: float = 1.5
    slower_s: float = 0.1
    sampled_s: float = 120.0
    memory_samples: int = 12
    grown_ratio: float = 0.05
    grown_bytes: float = 100e6
    grown_evenly: float = 0.7
    gpu_samples: int = 12
    idle_gpu: float = 0.3
    busy_cores: float = 0.8


DEFAULTS = Thresholds()
