"""What the name of a metric (``val_loss``) implies: base name, split, direction and label. Values are not used."""

import re
from collections.abc import Container, Iterable
from typing import Final, Literal

from reportgen.languages import ENGLISH, Language, marked_in
from reportgen.text import UNPRINTABLE, printable

Split = Literal["train", "validation"]
Direction = Literal["lower", "higher", "unknown"]

VALIDATION_PREFIX: Final = "val_"
BATCH_PREFIX: Final = "batch_"  # as Keras' TensorBoard callback names values of batches

# Names of Keras 3 (keras.losses, keras.metrics), torchmetrics 1.9 and scikit-learn 1.9, and common names in logs.
# The lookup ignores separators and case, so `binary_io_u`, `BinaryIoU` and `binary iou` are the same.
# Left out on purpose because the name is ambiguous: `cosine_similarity` (the Keras loss falls, the metric
# rises), `tversky` (loss or index), `kl` (a term of a VAE need not fall), `elbo` (logged with either sign).
# `dice` means the coefficient: as a loss it is logged as `loss`.
_LOWER_NAMES: Final = """
    loss objective cost error err error_rate nll log_loss logloss negative_log_likelihood neg_log_likelihood deviance
    perplexity ppl bpc bpb bits_per_byte bits_per_char bits_per_character bits_per_dim
    mse mae rmse msle rmsle mape smape wmape nrmse medae logcosh log_cosh log_cosh_error
    mean_squared_error mean_absolute_error root_mean_squared_error mean_squared_logarithmic_error mean_squared_log_error
    root_mean_squared_log_error mean_absolute_percentage_error symmetric_mean_absolute_percentage_error
    weighted_mean_absolute_percentage_error normalized_root_mean_squared_error relative_squared_error
    root_mean_squared_error_using_sliding_window median_absolute_error max_error coverage_error lip_vertex_error
    relative_average_spectral_error error_relative_global_dimensionless_synthesis ergas
    mean_pinball_loss mean_poisson_deviance mean_gamma_deviance mean_tweedie_deviance tweedie_deviance_score
    crossentropy cross_entropy xent bce binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy
    binary_focal_crossentropy categorical_focal_crossentropy categorical_generalized_cross_entropy
    kl_divergence kullback_leibler_divergence kld jensen_shannon_divergence poisson ctc circle
    hinge squared_hinge categorical_hinge huber brier brier_score brier_score_loss crps
    continuous_ranked_probability_score hamming_loss hamming_distance zero_one_loss minkowski_distance
    false_positives false_negatives false_positive_rate false_negative_rate false_discovery_rate fp fn fpr fnr fdr
    fall_out retrieval_fall_out eer equal_error_rate calibration_error expected_calibration_error ece
    negative_likelihood_ratio davies_bouldin_score
    wer cer ter mer wil word_error_rate char_error_rate character_error_rate match_error_rate translation_edit_rate
    edit_distance extended_edit_distance levenshtein_distance word_info_lost
    fid kid frechet_inception_distance kernel_inception_distance memorization_informed_frechet_inception_distance
    lpips learned_perceptual_image_patch_similarity deep_image_structure_and_texture_similarity
    spectral_angle_mapper spectral_distortion_index spatial_distortion_index
    hausdorff hausdorff_distance hd95 procrustes_disparity
"""
_HIGHER_NAMES: Final = """
    acc accuracy accuracy_score binary_accuracy categorical_accuracy sparse_categorical_accuracy cluster_accuracy
    top_k_categorical_accuracy sparse_top_k_categorical_accuracy top_k_accuracy top_k_accuracy_score top_5_accuracy
    top_1 top_3 top_5 top_10 acc1 acc5 balanced_accuracy balanced_accuracy_score exact_match squad
    auc auroc roc_auc roc_auc_score log_auc prc pr_auc auprc
    ap average_precision average_precision_score mean_average_precision retrieval_map map map50 map75 map_50 map_75
    map5095 label_ranking_average_precision_score ranking_average_precision
    precision precision_score recall recall_score sensitivity specificity retrieval_r_precision
    npv ppv negative_predictive_value positive_predictive_value positive_likelihood_ratio critical_success_index csi
    true_positives true_negatives true_positive_rate true_negative_rate tp tn tpr tnr
    precision_at_recall recall_at_precision precision_at_fixed_recall recall_at_fixed_precision
    sensitivity_at_specificity specificity_at_sensitivity
    f1 f1_score fbeta_score jaccard jaccard_score jaccard_index
    iou mean_iou miou binary_iou one_hot_iou one_hot_mean_iou intersection_over_union
    complete_intersection_over_union distance_intersection_over_union generalized_intersection_over_union
    panoptic_quality modified_panoptic_quality
    dice dice_coefficient dice_coef dice_score generalized_dice_score
    cohen_kappa cohen_kappa_score fleiss_kappa kappa matthews_corrcoef matthews_corr_coef mcc
    r2 r2_score explained_variance explained_variance_score concordance_index
    concordance_correlation concordance_corr_coef pearson_correlation pearson_corrcoef spearman_corrcoef
    kendall_rank_corr_coef d2_absolute_error_score d2_brier_score d2_log_loss_score d2_pinball_score d2_tweedie_score
    log_likelihood mutual_info_score adjusted_mutual_info_score normalized_mutual_info_score rand_score
    adjusted_rand_score completeness_score homogeneity_score v_measure_score fowlkes_mallows_score
    fowlkes_mallows_index calinski_harabasz_score silhouette_score dunn_index consensus_score
    ndcg ndcg_score dcg_score retrieval_normalized_dcg mrr retrieval_mrr hits hit_rate retrieval_hit_rate
    psnr ssim ms_ssim peak_signal_noise_ratio peak_signal_noise_ratio_with_blocked_effect
    structural_similarity_index_measure multi_scale_structural_similarity_index_measure
    universal_image_quality_index quality_with_no_reference spatial_correlation_coefficient
    visual_information_fidelity inception_score video_multi_method_assessment_fusion vmaf
    clip_score clip_image_quality_assessment
    signal_noise_ratio signal_distortion_ratio scale_invariant_signal_noise_ratio snr sdr
    scale_invariant_signal_distortion_ratio source_aggregated_signal_distortion_ratio
    complex_scale_invariant_signal_noise_ratio
    bleu bleu_score sacre_bleu_score chrf_score rouge rouge1 rouge2 rouge_l rouge_lsum rouge_score meteor cider
    bert_score word_info_preserved pesq stoi dnsmos nisqa srmr perceptual_evaluation_speech_quality
    short_time_objective_intelligibility deep_noise_suppression_mean_opinion_score
    non_intrusive_speech_quality_assessment speech_reverberation_modulation_energy_ratio
    reward rewards rew return returns reward_mean rew_mean return_mean ep_ret
"""
# At the end of a longer name these mean something else (`heat_map`) or are ambiguous.
_ONLY_WHOLE_NAMES: Final = """
    map ap hits cost objective circle poisson deviance top_1 top_3 top_5 top_10 tp tn fp fn ter mer wil hd95 csi squad
"""
# An ending after one of these implies nothing: `inverse_accuracy`, `time_per_error`.
_TWISTS: Final = frozenset(
    "inverse inverted inv per minus non not no without anti negative neg delta diff change std standard".split()
)
_NEGATED: Final = "neg"  # scikit-learn's scorers: higher neg_mean_squared_error is better
_ADDITIONS: Final = frozenset("macro micro weighted samples ovo ovr epoch".split())  # kinds of averages
_LONGEST_NAME: Final = 10  # words
_LONGEST_TEXT: Final = 300  # characters; only the end of a longer name is used


def words_of(name: str) -> list[str]:
    """The lower-case words of a name in snake_case, CamelCase or prose, without folder, vector index and brackets."""
    last = re.sub(r"\[[^\[\]]{0,20}\]$|\([^()]{0,20}\)$", "", name.strip()[-_LONGEST_TEXT:]).rpartition("/")[2]
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", last)
    return re.findall(r"[^\W_]+", parted.lower())


def _lookup(names: str) -> frozenset[str]:
    return frozenset("".join(words_of(name)) for name in names.split())


_LOWER: Final = _lookup(_LOWER_NAMES)
_HIGHER: Final = _lookup(_HIGHER_NAMES)
_KNOWN: Final = _LOWER | _HIGHER
_ONLY_WHOLE: Final = _lookup(_ONLY_WHOLE_NAMES)
_SCHEDULE: Final = frozenset({"lr", "learning_rate", "learning rate", "weight_decay", "momentum"})
_LEARNING_RATE: Final = ("learning_rate", "lr", "learning rate")
_LOSS: Final = re.compile(r"(^|[_\W])loss(_\d+)?$")
_LOSS_TERMS: Final = frozenset(
    "kl kld kl_divergence reg regularization regularisation l1 l2 weight_decay entropy commitment codebook vq "
    "adversarial perceptual total".split()
)
_REWARDS: Final = frozenset("reward rewards rew return returns ret".split())
_LABELS: Final = {"acc": "Accuracy", "lr": "Learning rate"} | {
    name: name.upper().replace("_", " ")
    for name in ("auc", "mse", "mae", "rmse", "mape", "msle", "iou", "prc", "auroc", "mcc", "fid", "wer", "cer")
}
_LABEL_LIMIT: Final = 48
METRIC: Final = "metric"
TRANSLATED_LABELS: Final = (  # names that are translated in other languages; all others are shown as logged
    marked_in("metric", "Loss"),
    marked_in("metric", "Accuracy"),
    marked_in("metric", "Binary accuracy"),
    marked_in("metric", "Categorical accuracy"),
    marked_in("metric", "Sparse categorical accuracy"),
    marked_in("metric", "Top k categorical accuracy"),
    marked_in("metric", "Precision"),
    marked_in("metric", "Recall"),
    marked_in("metric", "Mean squared error"),
    marked_in("metric", "Mean absolute error"),
    marked_in("metric", "Root mean squared error"),
    marked_in("metric", "Batch loss"),
    marked_in("metric", "Batch accuracy"),
    marked_in("metric", "Learning rate"),
    marked_in("metric", "Weight decay"),
    marked_in("metric", "Momentum"),
)


def parse_key(key: str) -> tuple[str, Split]:
    """Splits a logged name into base name and split.

    Only a prefix at the beginning counts, so ``interval_loss`` and ``eval_loss`` are metrics of their own.

    Args:
        key: A name as logged, such as ``val_loss``.

    Returns:
        ``("loss", "validation")`` for ``val_loss``, ``("loss", "train")`` for ``loss``.
    """
    if key.startswith(VALIDATION_PREFIX) and len(key) > len(VALIDATION_PREFIX):
        return key[len(VALIDATION_PREFIX) :], "validation"
    return key, "train"


def join_key(metric: str, split: Split) -> str:
    """The name as Keras logs it; the inverse of `parse_key`."""
    return VALIDATION_PREFIX + metric if split == "validation" else metric


def direction(metric: str) -> Direction:
    """Whether lower or higher values of a metric are better; ``"unknown"`` if the name does not say.

    Metrics of a model with several outputs are recognised by their ending: ``head_a_accuracy`` is an accuracy. A number
    at the end (``auc_1``, ``recall@5``) and the kind of average (``f1_macro``) do not matter.
    """
    if re.match(r"\s*1(\.0)?\s*-", metric):  # 1-accuracy
        return "unknown"
    words = words_of(metric)
    found = _direction_of(words)
    while found == "unknown" and len(words) > 1 and (words[-1].isdigit() or words[-1] in _ADDITIONS):
        words = words[:-1]
        found = _direction_of(words)
    return found


def is_direction(way: object) -> bool:
    """Whether a value says which values are better."""
    return way in ("lower", "higher")


def _direction_of(words: list[str]) -> Direction:
    """The direction of the longest ending that is a known name."""
    for start in range(max(0, len(words) - _LONGEST_NAME), len(words)):
        ending = "".join(words[start:])
        if ending not in _KNOWN or (start and ending in _ONLY_WHOLE):
            continue
        if words[start - 1 : start] == [_NEGATED] and ending in _LOWER and ending != "loss":  # of negative samples?
            return "higher"
        if not _TWISTS.isdisjoint(words[:start]):
            return "unknown"
        return "lower" if ending in _LOWER else "higher"
    return "unknown"


def is_loss(metric: str) -> bool:
    """Whether the name is a loss: ``loss``, or the loss of one output (``head_a_loss``)."""
    return bool(_LOSS.search(metric.strip().lower()))


def output_of(metric: str) -> str | None:
    """The output that a loss belongs to: ``head_a`` for ``head_a_loss``; None for other metrics.

    Terms that are added to a loss, such as ``kl_loss``, are not outputs.
    """
    name = metric.removesuffix("_loss")
    return name if name and name != metric and name.lower() not in _LOSS_TERMS else None


def is_accuracy(metric: str) -> bool:
    """Whether the name is an accuracy, in any Keras spelling."""
    words = words_of(metric)
    if len(words) > 1 and words[-1].isdigit():
        words.pop()
    return bool(words) and (words[-1] == "acc" or words[-1].endswith("accuracy"))


def is_reward(metric: str) -> bool:
    """Whether the name is a reward or a return of reinforcement learning."""
    return not _REWARDS.isdisjoint(words_of(metric))


def is_known(metric: str) -> bool:
    """Whether the whole name, without prefixes, is that of a common metric, such as ``log_loss``."""
    return "".join(words_of(metric)) in _KNOWN


def is_of_batches(metric: str, names: Container[str]) -> bool:
    """Whether a metric has values per batch and the names also include its values per epoch."""
    return metric.startswith(BATCH_PREFIX) and metric.removeprefix(BATCH_PREFIX) in names


def is_schedule(metric: str) -> bool:
    """Whether a metric is a setting that changes during the run, such as the learning rate, rather than a result."""
    return metric.strip().lower() in _SCHEDULE


def learning_rate_name(metrics: list[str]) -> str | None:
    """The metric that is the learning rate, if any."""
    return next((m for m in metrics if m.strip().lower() in _LEARNING_RATE), None)


def reading_order(names: Iterable[str]) -> list[str]:
    """Results in report order: loss, accuracies, other losses, then the rest as logged. Settings are left out.

    Values per batch come last, in the same order.
    """
    results = [name for name in names if not is_schedule(name)]
    known = frozenset(results)

    def rank(name: str) -> tuple[bool, ...]:
        of_batches = is_of_batches(name, known)
        base = name.removeprefix(BATCH_PREFIX) if of_batches else name
        return of_batches, base != "loss", not is_accuracy(base), not is_loss(base)

    return sorted(results, key=rank)


def label(metric: str, language: Language = ENGLISH) -> str:
    """A metric's name for headings and charts: ``binary_accuracy`` becomes ``Binary accuracy``."""
    known = _LABELS.get(metric)
    if known is None:
        words = printable(metric, _LABEL_LIMIT).replace("_", " ").strip()
        known = words[:1].upper() + words[1:] if words else printable(metric) or UNPRINTABLE
    return language.say_in(METRIC, known)
