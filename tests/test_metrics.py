import inspect
import time
import unicodedata
from typing import Any

import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st

from reportgen import metrics
from reportgen.history.frame import TrainingHistory
from reportgen.metrics import directions
from reportgen.text import printable


@pytest.mark.parametrize(
    ("key", "base", "split"),
    [
        ("loss", "loss", "train"),
        ("val_loss", "loss", "validation"),
        ("interval_loss", "interval_loss", "train"),
        ("eval_loss", "eval_loss", "train"),
        ("val_val_loss", "val_loss", "validation"),
        ("val_", "val_", "train"),
        ("VAL_loss", "VAL_loss", "train"),
        ("", "", "train"),
    ],
)
def test_only_a_prefix_at_the_beginning_marks_validation(key: str, base: str, split: str) -> None:
    assert metrics.parse_key(key) == (base, split)


@given(st.one_of(st.text(), st.text().map(lambda text: "val_" + text)))
def test_join_key_inverts_parse_key(key: str) -> None:
    assert metrics.join_key(*metrics.parse_key(key)) == key


@given(st.text(min_size=1))
def test_parse_key_inverts_join_key_for_validation(name: str) -> None:
    assert metrics.parse_key(metrics.join_key(name, "validation")) == (name, "validation")


@pytest.mark.parametrize(
    "name",
    ["loss", "head_a_loss", "mse", "MAE", "mean_squared_error", "my_custom_loss", "loss_1", "wer", "mae_2", "mse[0]"],
)
def test_lower_errors_and_losses_are_better(name: str) -> None:
    assert metrics.direction(name) == "lower"


@pytest.mark.parametrize(
    "name",
    ["acc", "accuracy", "Accuracy", "binary_accuracy", "head_a_accuracy", "auc", "auc_3", "f1_score", "r2", "f1[2]"],
)
def test_higher_scores_are_better(name: str) -> None:
    assert metrics.direction(name) == "higher"


@pytest.mark.parametrize("name", ["f2", "foo", "learning_rate", "lossy", "accuracyish", "", "glossy", "data_size"])
def test_direction_is_not_guessed(name: str) -> None:
    assert metrics.direction(name) == "unknown"


# Unknown on purpose: the name is ambiguous (see metrics.py), or it is not a result.
KERAS_UNKNOWN = {"cosine_similarity", "tversky", "mean", "sum", "metric", "mean_metric_wrapper"}
KERAS_UNKNOWN |= {"mean_tensor", "reduction"}  # only in Keras 2
# torchmetrics 1.9.0, its public classes; without the Binary, Multiclass and Multilabel variants of a listed one.
TORCHMETRICS_LOWER = """
    CalibrationError CharErrorRate ContinuousRankedProbabilityScore DaviesBouldinScore
    DeepImageStructureAndTextureSimilarity EER EditDistance ErrorRelativeGlobalDimensionlessSynthesis
    ExtendedEditDistance FrechetInceptionDistance HammingDistance HausdorffDistance HingeLoss
    JensenShannonDivergence KLDivergence KernelInceptionDistance LearnedPerceptualImagePatchSimilarity
    LipVertexError LogCoshError MatchErrorRate MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredError
    MeanSquaredLogError MemorizationInformedFrechetInceptionDistance MinkowskiDistance MultilabelCoverageError
    MultilabelRankingLoss NormalizedRootMeanSquaredError Perplexity ProcrustesDisparity RelativeAverageSpectralError
    RelativeSquaredError RetrievalFallOut RootMeanSquaredErrorUsingSlidingWindow SpatialDistortionIndex
    SpectralAngleMapper SpectralDistortionIndex SymmetricMeanAbsolutePercentageError TranslationEditRate
    TweedieDevianceScore WeightedMeanAbsolutePercentageError WordErrorRate WordInfoLost
"""
TORCHMETRICS_HIGHER = """
    AUROC Accuracy AdjustedMutualInfoScore AdjustedRandScore AveragePrecision BERTScore BLEUScore CHRFScore
    CLIPImageQualityAssessment CLIPScore CalinskiHarabaszScore ClusterAccuracy CohenKappa
    CompleteIntersectionOverUnion CompletenessScore ComplexScaleInvariantSignalNoiseRatio ConcordanceCorrCoef
    CriticalSuccessIndex DiceScore DistanceIntersectionOverUnion DunnIndex ExactMatch ExplainedVariance F1Score
    FBetaScore FleissKappa FowlkesMallowsIndex GeneralizedDiceScore GeneralizedIntersectionOverUnion
    HomogeneityScore InceptionScore IntersectionOverUnion JaccardIndex KendallRankCorrCoef LogAUC MatthewsCorrCoef
    MeanAveragePrecision MeanIoU ModifiedPanopticQuality MultiScaleStructuralSimilarityIndexMeasure
    MultilabelRankingAveragePrecision MutualInfoScore NegativePredictiveValue NormalizedMutualInfoScore
    PanopticQuality PeakSignalNoiseRatio PeakSignalNoiseRatioWithBlockedEffect PearsonCorrCoef Precision
    PrecisionAtFixedRecall QualityWithNoReference R2Score ROUGEScore RandScore Recall RecallAtFixedPrecision
    RetrievalAUROC RetrievalHitRate RetrievalMAP RetrievalMRR RetrievalNormalizedDCG RetrievalPrecision
    RetrievalRPrecision RetrievalRecall RetrievalRecallAtFixedPrecision SQuAD SacreBLEUScore
    ScaleInvariantSignalDistortionRatio ScaleInvariantSignalNoiseRatio SensitivityAtSpecificity
    SignalDistortionRatio SignalNoiseRatio SourceAggregatedSignalDistortionRatio SpatialCorrelationCoefficient
    SpearmanCorrCoef Specificity SpecificityAtSensitivity StructuralSimilarityIndexMeasure
    UniversalImageQualityIndex VMeasureScore VideoMultiMethodAssessmentFusion VisualInformationFidelity
    WordInfoPreserved DeepNoiseSuppressionMeanOpinionScore NonIntrusiveSpeechQualityAssessment
    PerceptualEvaluationSpeechQuality ShortTimeObjectiveIntelligibility SpeechReverberationModulationEnergyRatio
"""
TORCHMETRICS_UNKNOWN = """
    BinaryFairness BinaryGroupStatRates BootStrapper CatMetric ClasswiseWrapper ConfusionMatrix CosineSimilarity
    CramersV InfoLM MaxMetric MeanMetric Metric MetricCollection MetricTracker
    MinMaxMetric MinMetric MultioutputWrapper MultitaskWrapper
    PearsonsContingencyCoefficient PerceptualPathLength
    PermutationInvariantTraining PrecisionRecallCurve ROC RetrievalPrecisionRecallCurve
    RunningMean RunningSum StatScores SumMetric TheilsU
    TotalVariation TschuprowsT
"""


def keras_names(module: Any) -> set[str]:
    """The names under which the public classes and functions of a Keras module appear in logs."""
    import keras

    if keras.__version__.startswith("2."):
        from keras.src.utils.generic_utils import to_snake_case
    else:
        from keras.src.utils.naming import to_snake_case

    found = {name for name in dir(module) if name[0] != "_" and callable(getattr(module, name))}
    found -= {"get", "serialize", "deserialize"}
    defaults = set()
    for name in found:
        known = getattr(module, name)
        default = inspect.signature(known).parameters.get("name") if inspect.isclass(known) else None
        if default is not None and isinstance(default.default, str):
            defaults.add(default.default)
    return {to_snake_case(name) for name in found} | found | defaults


@pytest.mark.keras
@pytest.mark.parametrize("module", ["losses", "metrics"])
def test_every_loss_and_metric_of_keras_has_a_direction_or_is_unknown_on_purpose(module: str) -> None:
    import keras

    names = keras_names(getattr(keras, module))
    unknown = {name for name in names if metrics.direction(name) == "unknown"}
    assert {name for name in unknown if name.islower()} <= KERAS_UNKNOWN
    if module == "losses":
        falling = names - unknown - {"dice", "Dice"}
        assert {metrics.direction(name) for name in falling} == {"lower"}
    assert {"".join(name.split("_")).lower() for name in unknown} <= {n.replace("_", "") for n in KERAS_UNKNOWN}


def test_higher_is_better_for_every_scorer_of_scikit_learn() -> None:
    scorers = sklearn.metrics.get_scorer_names()
    assert {name: metrics.direction(name) for name in scorers} == dict.fromkeys(scorers, "higher")


def test_every_score_and_loss_function_of_scikit_learn_has_its_direction() -> None:
    """Its naming rule: higher is better for names that end in _score, lower for _error and _loss."""
    functions = sklearn.metrics.__all__
    exceptions = {"davies_bouldin_score"}
    for name in functions:
        if name.endswith("_score") and name not in exceptions:
            assert metrics.direction(name) == "higher", name
        if name.endswith(("_error", "_loss", "_deviance")) or name in exceptions:
            assert metrics.direction(name) == "lower", name


def test_the_metrics_of_torchmetrics_have_the_direction_listed_here() -> None:
    for way, names in (
        ("lower", TORCHMETRICS_LOWER.split()),
        ("higher", TORCHMETRICS_HIGHER.split()),
        ("unknown", TORCHMETRICS_UNKNOWN.split()),
    ):
        assert {name: metrics.direction(name) for name in names} == dict.fromkeys(names, way)


@pytest.mark.parametrize(
    ("way", "names"),
    [
        (
            "lower",
            "reconstruction_error false_positive_rate false_negatives neg_log_likelihood negative_log_likelihood nll "
            "ppl bpc bits_per_byte lpips hausdorff fp fn fnr fpr eer val/mse train_loss_epoch huber_loss wer ece "
            "1-accuracy 1-acc 1-auc_ovr",
        ),
        (
            "higher",
            "mean_average_precision true_negatives neg_mean_squared_error log_likelihood top5 top-5 acc1 acc@1 map50 "
            "map50-95 map_50_95 metrics/mAP50(B) metrics/mAP50-95(B) mAP@0.5:0.95 rouge1 rougeL cider psnr ssim miou "
            "dice tp tn specificity npv ppv hits@10 ndcg@10 mrr recall@5 binary_io_u roc_auc_ovr_weighted f1_macro "
            "reward mean_reward rollout/ep_rew_mean episodic_return AverageEpRet",
        ),
        (
            "unknown",
            "elbo kl reward_std heat_map time_per_error inverse_accuracy neg_loss negative_accuracy "
            "accuracy_std loss_weight standard_error cosine_similarity no_map",
        ),
    ],
)
def test_the_direction_of_common_names_is_known(way: str, names: str) -> None:
    assert {name: metrics.direction(name) for name in names.split()} == dict.fromkeys(names.split(), way)


@pytest.mark.parametrize(
    "spelling",
    [
        "mean_squared_error",
        "MeanSquaredError",
        "mean squared error",
        "Mean-Squared-Error",
        "val/MSE",
        "BinaryHingeLoss",
    ],
)
def test_letter_case_and_separators_do_not_matter(spelling: str) -> None:
    assert metrics.direction(spelling) == "lower"
    assert metrics.direction("Val Acc") == "higher"


def test_no_name_is_in_both_lists_and_long_names_are_fast() -> None:
    assert not directions.LOWER_NAMES & directions.HIGHER_NAMES
    assert directions.WHOLE_NAMES <= directions.KNOWN
    start = time.process_time()
    metrics.direction("a_" * 100_000 + "1_" * 1000 + "[" * 50_000 + "(" * 50_000)
    assert time.process_time() - start < 3


@given(st.text())
def test_any_name_has_one_of_three_directions_and_a_printable_label(name: str) -> None:
    assert metrics.direction(name) in ("lower", "higher", "unknown")
    label = metrics.label(name)
    assert 1 <= len(label) <= 48
    assert label.encode()


# Names in the logs of Keras, Trainer, TRL, Lightning, Detectron2, MMEngine, YOLO, DETR, TF Object Detection,
# timm, fairseq, ESPnet, nnU-Net, spaCy, Stable-Baselines3, RLlib, CleanRL, ML-Agents, rsl_rl, torchmetrics and W&B.
LOGGED_DIRECTIONS = {
    "lower": """
        loss losses train_loss_step wer cer IoU_loss loss_iou loss_dice loss_giou loss_giou_3
        loss_ce_0_unscaled loss_bbox_1 d0.loss_cls s0.loss_iou decode.loss_ce class_error perplexity ppl
        nll_loss bits_per_byte bpb validation_loss rpn/loss_objectness Loss/total_loss
        Loss/localization_loss mask_rcnn/false_negative logloss mlogloss cer_ctc loss_att loss_ner LOSS_NER
        train_losses fid val/lpips lpips mean_wer top1_error top1_err err5 eval_nll cls_loss
        validation/box_loss loss_avg loss_mean mcd abs_rel mpjpe fvd loss_score brier_score
    """,
    "higher": """
        IoU.error Acc.error IoU.road acc.background Dice.liver mIoU aAcc mAcc mDice mFscore mPrecision
        mRecall pearson pearsonr spearmanr spearman_r bleu BLEU bleu_4 bleu4 Bleu_1 sacrebleu rouge1 rougeL
        rougeLsum rouge-1 rouge_2_fmeasure rouge_l_f meteor chrf chrf++ mAP50-95(B) mAP50(M) mAP_0.5
        mAP_0.5:0.95 metrics/mAP_0.5 bbox_mAP bbox_mAP_50 coco/bbox_mAP_s bbox_mAP_75 AP50 AP APs APm APl
        bbox/AP bbox/AP50 segm/AP bbox/AP-person bbox/AP-error mAP mAP@.5 mAP@.5:.95 mAP@0.5:0.95
        eval_map_50 map_small map_large mar_100 mar_small map DetectionBoxes_Precision/mAP
        DetectionBoxes_Precision/mAP@.50IOU DetectionBoxes_Recall/AR@100
        PascalBoxes_PerformanceByCategory/AP@0.5IOU/person dice dice_liver dice_1 Dice/liver
        dice_per_class_or_region/0 mean_fg_dice ema_fg_dice pseudo_dice psnr ssim PSNR ndcg@10 mrr@10 MRR
        hit_rate hit@10 HR@10 recall@20 kappa qwk quadratic_weighted_kappa mcc mean_token_accuracy acc@1
        acc@5 top1_acc Acc_1 accuracy/top1 acc_top1 acc_top5 top1 top5 top_1 accuracy_top_1 eval_top1 top-5
        ENTS_F ENTS_P ENTS_R TAG_ACC DEP_LAS DEP_UAS SENTS_F  LEMMA_ACC CATS_SCORE matthews_correlation
        reward mean_reward episode_reward_mean env_runners/episode_return_mean rollout/ep_rew_mean
        rollout/success_rate eval/mean_reward success_rate is_success r Environment/Cumulative_Reward
        charts/episodic_return fast_rcnn/cls_accuracy decode.acc_seg rewards/accuracies f1_anger acc_ctc
        auc_toxic iou_car episode_reward_max rank1 Rank-1 precision_cat win_rate prec@1 ROC_AUC val_map50
        eval_f1 eval_accuracy iou_mean c_index score scores val_score validation_score validation_scores
        train_score_ test_score mean_test_score cv_score oob_score SCORE valid_score val_hmean
    """,
    "unknown": """
        elbo kl reward_std heat_map time_per_error inverse_accuracy neg_loss accuracy_std
        loss_weight standard_error cosine_similarity no_map f2 foo lossy accuracyish data_size map_size
        heatmap feature_map lr loss_scale episode_length anomaly_score z_score error_score score_threshold
    """,
}
LOGGED_ROLES = {
    "setting": """
        lr learning_rate lr/pg0 x/lr0 lr-Adam lr-AdamW/pg1 lr_group0 Policy/Learning_Rate actor_lr
        optim0_lr0 hp_metric hp/dropout hp_units weight_decay momentum base_lr bsz batch_size loss_scale
        exploration_rate rollout/exploration_rate clip_range
    """,
    "diagnostic": """
        eta eta_seconds iter iteration data_time time rank_data_time grad_norm gnorm gradient_norm
        grad_2.0_norm_total wps ups wpb fps time/fps time/iterations time/time_elapsed time/total_timesteps
        updt_s data_s step_s grdn
        samples_per_second steps_per_second train_samples_per_second num_updates clip wall train_wall oom
        num_tokens total_flos percentage elapsed remaining elapsed_time remaining_time throughput
        total_tokens parameter_std/scale_bias weights/conv1 weights/loss_head parameter_mean/x
        system.gpu.0.memoryAllocated system/gpu.0.temp gpu_mem gpu_memory_percent cpu_percent memory
        memory_mb max_mem roi_head/num_fg_samples rpn/num_pos_anchors num_input_tokens_seen
        epoch_start_timestamps epoch_end_timestamps _timestamp _runtime epoch_time step_time train_runtime
        time_this_iter_s time_total_s timesteps_total episodes_total n_updates train/n_updates approx_kl
        clip_fraction std entropy mfu tokens_per_sec tflops SPEED hps/SPS charts/SPS perf/ram_util_percent
        timers/sample_time_ms nb_episode_steps gb_free completions/mean_length completion_length
        logps/chosen logits/rejected it/s images_per_sec iter_time forward_time optim_step_time
        gpu_max_cached_mem_GB Perf/total_fps Perf/collection_time t l gpu0_utilization
        ms/step s/it Data batch_cost avg_reader_cost labels n_parameters consumed_train_samples samples_seen
        tokens_seen global_step secs_per_batch best_metric
    """,
    "result": """
        loss acc IoU.error kl elbo reward_std episode_length rollout/ep_len_mean foo f2 temperature_mae
        time_loss real_time_wer ema_fg_dice beta gate number_error cardinality_error
        train/explained_variance entropy_loss value_loss d_loss g_loss D(x) rewards/chosen rewards/margins
    """,
}


@pytest.mark.parametrize(("way", "names"), LOGGED_DIRECTIONS.items())
def test_names_that_tools_log_have_the_right_direction(way: str, names: str) -> None:
    assert {name: metrics.direction(name) for name in names.split()} == dict.fromkeys(names.split(), way)


@pytest.mark.parametrize(("role", "names"), LOGGED_ROLES.items())
def test_names_that_tools_log_have_the_right_role(role: str, names: str) -> None:
    assert {name: metrics.role(name) for name in names.split()} == dict.fromkeys(names.split(), role)


def test_a_diagnostic_with_a_direction_is_a_result_of_its_run() -> None:
    history = TrainingHistory.from_columns([1, 2], {"loss": [2.0, 1.0], "tokens_per_sec": [1.0, 2.0], "lr": [0.1, 0.1]})
    assert (history.results, history.diagnostics) == (("loss",), ("tokens_per_sec",))
    assert history.with_directions({"tokens_per_sec": "higher"}).results == ("loss", "tokens_per_sec")


@pytest.mark.parametrize(
    ("names", "rate"),
    [("loss lr/pg0 lr/pg1", "lr/pg0"), ("loss lr-Adam", "lr-Adam"), ("Policy/Learning_Rate x", "Policy/Learning_Rate")],
)
def test_learning_rates_are_found_in_any_spelling(names: str, rate: str) -> None:
    assert metrics.learning_rate_name(names.split()) == rate


def test_losses_and_accuracies_are_distinguished_from_similar_names() -> None:
    assert [name for name in ("loss", "a_loss", "lossy", "gloss", "loss_2") if metrics.is_loss(name)] == [
        "loss",
        "a_loss",
        "loss_2",
    ]
    assert [name for name in ("acc", "val", "top_5_accuracy", "my_acc", "account") if metrics.is_accuracy(name)] == [
        "acc",
        "top_5_accuracy",
        "my_acc",
    ]


def test_a_learning_rate_is_a_setting_under_both_names() -> None:
    assert metrics.is_schedule("lr")
    assert metrics.is_schedule(" Learning_Rate ")
    assert not metrics.is_schedule("loss")
    assert metrics.learning_rate_name(["loss", "lr"]) == "lr"
    assert metrics.learning_rate_name(["loss", "learning_rate"]) == "learning_rate"
    assert metrics.learning_rate_name(["loss", "momentum"]) is None


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("loss", "Loss"),
        ("acc", "Accuracy"),
        ("binary_accuracy", "Binary accuracy"),
        ("auc", "AUC"),
        ("lr", "Learning rate"),
        ("mAP50-95", "mAP50-95"),
        ("x" * 100, "X" + "x" * 46 + "…"),
        ("___", "___"),
        ("rollout/ep_rew_mean", "Mean episode reward"),
        ("train/value_loss", "Value loss"),
        ("metrics/mAP50-95(B)", "mAP50-95(B)"),
        ("eval/mean_reward", "Mean reward (eval)"),
        ("bbox/AP", "AP (bbox)"),
        ("coco/bbox_mAP", "Bbox mAP (coco)"),
        ("IoU/road", "IoU road"),
        ("Loss/G", "Loss G"),
        ("time/it/s", "Time/it/s"),
    ],
)
def test_labels_read_as_words(name: str, label: str) -> None:
    assert metrics.label(name) == label


@given(st.text())
def test_printable_text_cannot_break_lines_or_change_the_text_direction(text: str) -> None:
    shown = printable(text)
    assert len(shown) == len(text)
    assert not {unicodedata.category(ch) for ch in shown} & {"Cc", "Cs", "Cn", "Zl", "Zp"}
    assert not set(shown) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068")


def test_printable_keeps_emoji_and_right_to_left_letters() -> None:
    text = "שלום 👩\N{ZERO WIDTH JOINER}🚒 损失 <b>"
    assert printable(text) == text


@given(st.text(), st.integers(1, 20))
def test_printable_text_is_never_longer_than_its_limit(text: str, limit: int) -> None:
    assert len(printable(text, limit)) <= limit
