"""The names of known metrics, and the words in names that tell results from settings and diagnostics.

Names of Keras 3 (keras.losses, keras.metrics), torchmetrics 1.9 and scikit-learn 1.9, and common names in the logs of
other tools. The lookup ignores separators and case, so `binary_io_u`, `BinaryIoU` and `binary iou` are the same.
Left out on purpose because the name is ambiguous: `cosine_similarity` (the Keras loss falls, the metric rises),
`tversky` (loss or index), `kl` (a term of a VAE need not fall), `elbo` (logged with either sign), `episode_length`
(some agents should last long, others should be fast). `dice` means the coefficient: as a loss it is logged as `loss`.
"""

from typing import Final


def word_set(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


LOWER: Final = """
    loss losses objective cost error err error_rate nll log_loss logloss negative_log_likelihood
    neg_log_likelihood deviance perplexity ppl bpc bpb bpd bits_per_byte bits_per_char bits_per_character bits_per_dim
    mse mae rmse msle rmsle mape smape wmape wape mase nrmse medae logcosh log_cosh log_cosh_error
    mean_squared_error mean_absolute_error root_mean_squared_error mean_squared_logarithmic_error mean_squared_log_error
    root_mean_squared_log_error mean_absolute_percentage_error symmetric_mean_absolute_percentage_error
    weighted_mean_absolute_percentage_error normalized_root_mean_squared_error relative_squared_error
    root_mean_squared_error_using_sliding_window median_absolute_error max_error coverage_error lip_vertex_error
    relative_average_spectral_error error_relative_global_dimensionless_synthesis ergas abs_rel sq_rel
    mean_pinball_loss mean_poisson_deviance mean_gamma_deviance mean_tweedie_deviance tweedie_deviance_score
    crossentropy cross_entropy xent bce binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy
    binary_focal_crossentropy categorical_focal_crossentropy categorical_generalized_cross_entropy binary_logloss
    multi_logloss mlogloss merror multi_error binary_error
    kl_divergence kullback_leibler_divergence kld jensen_shannon_divergence poisson ctc circle
    hinge squared_hinge categorical_hinge huber brier brier_score brier_score_loss crps
    continuous_ranked_probability_score hamming_loss hamming_distance zero_one_loss minkowski_distance
    false_positives false_negatives false_positive false_negative false_positive_rate false_negative_rate
    false_discovery_rate fp fn fpr fnr fdr fall_out retrieval_fall_out eer equal_error_rate calibration_error
    expected_calibration_error ece negative_likelihood_ratio davies_bouldin_score
    wer cer ter mer wil der per word_error_rate char_error_rate character_error_rate phoneme_error_rate
    match_error_rate translation_edit_rate diarization_error_rate
    edit_distance extended_edit_distance levenshtein_distance word_info_lost mcd mel_cepstral_distortion
    fid kid fvd fad frechet_inception_distance kernel_inception_distance
    memorization_informed_frechet_inception_distance
    lpips learned_perceptual_image_patch_similarity deep_image_structure_and_texture_similarity niqe brisque
    spectral_angle_mapper spectral_distortion_index spatial_distortion_index
    hausdorff hausdorff_distance hd95 assd asd chamfer chamfer_distance mpjpe pa_mpjpe epe procrustes_disparity
"""
HIGHER: Final = """
    acc accs accuracy accuracies accuracy_score binary_accuracy categorical_accuracy sparse_categorical_accuracy
    cluster_accuracy top_k_categorical_accuracy sparse_top_k_categorical_accuracy top_k_accuracy top_k_accuracy_score
    top_5_accuracy top_1 top_2 top_3 top_5 top_10 top_1_acc rank_1 rank_5 rank_10 acc1 acc5 prec1 prec5
    balanced_accuracy balanced_accuracy_score bacc exact_match em squad aacc macc all_acc mean_acc oa
    score scores mean_score average_score avg_score combined_score hmean h_mean
    success success_rate is_success win_rate elo
    auc auroc roc_auc roc_auc_score log_auc prc pr_auc auprc aucpr
    ap aps apm apl apr apc apf map mar ar ars arm arl average_precision average_precision_score mean_average_precision
    average_recall mean_average_recall retrieval_map map50 map75 map_50 map_75 map5095
    label_ranking_average_precision_score ranking_average_precision
    precision precisions prec precision_score recall recalls rec recall_score sensitivity specificity
    retrieval_r_precision npv ppv negative_predictive_value positive_predictive_value positive_likelihood_ratio
    critical_success_index csi true_positives true_negatives true_positive_rate true_negative_rate tp tn tpr tnr
    precision_at_recall recall_at_precision precision_at_fixed_recall recall_at_fixed_precision
    sensitivity_at_specificity specificity_at_sensitivity
    f1 f1s f1_score f_score fscore fmeasure f_measure mfscore mprecision mrecall fbeta_score
    jaccard jaccard_score jaccard_index
    iou ious giou diou ciou mean_iou miou fwiou piou biou binary_iou one_hot_iou one_hot_mean_iou
    intersection_over_union complete_intersection_over_union distance_intersection_over_union
    generalized_intersection_over_union panoptic_quality modified_panoptic_quality pq
    dice mdice dsc dice_coefficient dice_coef dice_coeff dice_score dice_metric generalized_dice_score mean_dice
    dice_per_class_or_region
    cohen_kappa cohen_kappa_score fleiss_kappa kappa qwk matthews_corrcoef matthews_corr_coef matthews_correlation mcc
    r2 r2_score r_squared rsquared nse kge explained_variance explained_variance_score concordance_index c_index cindex
    concordance_correlation concordance_corr_coef ccc pearson pearsonr pearson_r pearson_corr pearson_correlation
    pearson_corrcoef spearman spearmanr spearman_r spearman_rho spearman_corr spearman_correlation spearman_corrcoef
    kendall kendall_tau kendalltau kendall_rank_corr_coef srcc plcc pcc krcc corrcoef correlation
    d2_absolute_error_score d2_brier_score d2_log_loss_score d2_pinball_score d2_tweedie_score
    log_likelihood mutual_info_score adjusted_mutual_info_score normalized_mutual_info_score nmi ari rand_score
    adjusted_rand_score completeness_score homogeneity_score v_measure_score fowlkes_mallows_score
    fowlkes_mallows_index calinski_harabasz_score silhouette_score silhouette dunn_index consensus_score
    ndcg ndcg_score dcg dcg_score retrieval_normalized_dcg mrr retrieval_mrr hit hits hr hit_rate hit_ratio
    retrieval_hit_rate
    psnr ssim ms_ssim peak_signal_noise_ratio peak_signal_noise_ratio_with_blocked_effect
    structural_similarity_index_measure multi_scale_structural_similarity_index_measure
    universal_image_quality_index quality_with_no_reference spatial_correlation_coefficient
    visual_information_fidelity inception_score video_multi_method_assessment_fusion vmaf
    clip_score clip_image_quality_assessment
    signal_noise_ratio signal_distortion_ratio scale_invariant_signal_noise_ratio snr sdr si_sdr sisdr si_snr sisnr
    scale_invariant_signal_distortion_ratio source_aggregated_signal_distortion_ratio
    complex_scale_invariant_signal_noise_ratio
    bleu bleu_score sacrebleu sacre_bleu sacre_bleu_score gleu chrf chrf_score chrfpp comet bleurt spice
    rouge rouge1 rouge2 rouge_l rouge_lsum rouge_score meteor cider cider_d
    bert_score word_info_preserved pesq stoi dnsmos nisqa srmr mos perceptual_evaluation_speech_quality
    short_time_objective_intelligibility deep_noise_suppression_mean_opinion_score
    non_intrusive_speech_quality_assessment speech_reverberation_modulation_energy_ratio
    las uas ents_f ents_p ents_r sents_f sents_p sents_r cats_score cats_macro_f cats_micro_f spans_sc_f tok_f
    nds nd_score
    r reward rewards rew return returns reward_mean rew_mean return_mean ep_ret
"""
# At the end of a longer name these mean something else (`heat_map`) or are ambiguous.
ONLY_WHOLE: Final = """
    map ap hit hits cost objective circle poisson deviance top_1 top_2 top_3 top_5 top_10 rank_1 rank_5 rank_10
    tp tn fp fn ter mer wil der per hd95 csi squad em oa ar ars arm arl aps apm apl apr apc apf mar hr
    pq rec r elo success ctc comet spice mos correlation nse kge asd epe score scores
"""
# Before an ending these mean that it implies nothing: `inverse_accuracy`, `time_per_error`.
TWISTS: Final = word_set("""
    inverse inverted inv per minus non not no without anti negative neg delta diff change std standard
""")
# After the name of a metric these do not name a class or a part, but something else: `loss_weight`, `accuracy_std`.
TURNS: Final = word_set("""
    weight weights scale scaler scaling std stddev var variance delta diff change ratio gap threshold thresh
    patience time count counts num number grad gradient norm coef coeff coefficient factor rate lr step steps
    epoch epochs history best type name id idx index temperature margin entropy kl chosen rejected gain
    improvement curve
""")
NEGATED: Final = "neg"  # scikit-learn's scorers: higher neg_mean_squared_error is better
# Kinds of averages, sizes of objects and the like, which do not matter at the end of a name.
ADDITIONS: Final = word_set("""
    macro micro weighted samples ovo ovr epoch step mean avg average overall all total global ema raw median
    small medium large seg fmeasure unscaled scaled normalized normalised
""")
# The names of metrics that are often logged per class, which follow the name: `IoU.road`, `dice_liver`, `AP-person`.
PER_CLASS: Final = """
    acc accuracy precision prec recall sensitivity specificity f1 f1_score fscore auc auroc ap ar iou dice dsc
    average_precision wer cer ter bleu rouge mae mse rmse r2 loss losses pearson spearman psnr ssim
"""
REWARD_WORDS: Final = word_set("reward rewards rew return returns ret")

# Settings: numbers that are chosen, not measured.
RATE_NAMES: Final = ("learning_rate", "lr", "learning rate")
SETTINGS: Final = """
    lr learning_rate base_lr weight_decay wd momentum exploration_rate epsilon clip_range clip_range_vf batch_size bsz
    loss_scale mom ema_decay
"""
SETTING_GROUPS: Final = word_set("lr hp hparam hparams hyperparameters")

# Diagnostics: how training went, or what it cost. A group is the first part of a name with parts, `time/fps`.
OWN_GROUPS: Final = word_set(  # whatever follows
    """
    timers parameter_std parameter_mean weights gradients grads grad_norm gradient_norm system logps logits
    """
)
DIAGNOSTIC_GROUPS: Final = word_set(  # if what follows has no known direction
    """
    time times timer timing perf performance throughput sys gpu cpu memory mem monitor parameter parameters
    param params weight grad gradient activations activation counters sampler_perf hist_stats completions
    completion clip_ratio sampling norm norms
    """
)
# The last word of a name: a unit or a quantity.
DIAGNOSTIC_ENDS: Final = word_set("""
    time times timing seconds second secs sec ms eta elapsed remaining runtime wall walltime duration hours
    minutes timestamp timestamps norm gnorm norms memory mem vram ram rss gb mb mib gib kb bytes fps ips wps ups
    wpb sps tps tgs qps mfu hfu tflops flops flos throughput speed utilization utilisation util usage power
    watts celsius temp percentage percent progress tokens samples updates iterations iteration iter iters
    episodes timesteps steps batches sentences ntokens nsentences oom count counts counter clip clipped lambda
    seen skipped consumed processed communicated devices clients participants it alpha temperature length lengths len
    size sizes patience version seed rank pid workers
""")
# A word anywhere in the name.
DIAGNOSTIC_WORDS: Final = word_set("""
    time gpu cpu tpu gpus memory eta elapsed runtime walltime timestamp throughput flos flops tflops num nb hp
    grad gradient gradients gnorm norm secs seconds ms
""")
DIAGNOSTIC_NAMES: Final = """
    hp_metric n_updates n_iter total_timesteps training_iteration total_num_rows nb_steps t l idx
    approx_kl approxkl approxkl_avg clip_fraction clip_frac clipfrac entropy policy_entropy entropy_mean std
    ent_coef action_noise_std mean_action_noise_std kl_coef kl_coeff frac_reward_zero_std
    data batch best best_metric best_epoch reader_cost avg_reader_cost batch_cost avg_batch_cost labels instances
    global_step dt gns grdn updt smpl epch
    stdev gb_free train_wall samples_per_second steps_per_second tokens_per_second
"""
TIMED_PARTS: Final = word_set(  # parts of a training step that are timed in seconds: data_s
    "data dataload dataloading updt update step iter iteration batch forward fwd backward bwd optim optimizer load io"
)
RATES_OF_TIME: Final = word_set("second sec s hour h step")  # samples per second, samples/s, it/s
# An episode's length depends on the task, so it is a result of unknown direction.
LENGTHS_OF_EPISODES: Final = """
    ep_len_mean ep_len ep_length episode_length mean_ep_length episode_len_mean episode_len mean_episode_length
    episodic_length episode_lengths
"""
