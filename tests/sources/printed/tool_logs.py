"""What particular tools print, in small logs of our own, and what is right for each."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class ToolLog:
    """A printed log and what has to be read from it.

    Attributes:
        text: What the tool prints.
        tool: The key of the tool; None if the lines do not show it.
        numbers: The epochs or steps.
        curves: Values by key as Keras logs it; None where an epoch has no value. Other curves may exist.
        counts: Whether ``numbers`` are epochs or steps.
        results: Results after the training.
        absent: Keys that must not be curves.
        restored: The best epoch, if the tool names it.
        status: How the training ended.
    """

    text: str
    tool: str | None
    numbers: list[int]
    curves: dict[str, list[float | None]]
    counts: str = "epoch"
    results: dict[str, float] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    restored: int | None = None
    status: str = "unknown"


BOOSTERS = {
    "xgboost": ToolLog(
        "[0]\tvalidation_0-logloss:0.61302\tvalidation_1-logloss:0.64102\n"
        "[1]\tvalidation_0-logloss:0.57554\tvalidation_1-logloss:0.61001\n"
        "[2]\tvalidation_0-logloss:0.54187\tvalidation_1-logloss:0.60020\n",
        "xgboost",
        [1, 2, 3],
        {"logloss": [0.61302, 0.57554, 0.54187], "val_logloss": [0.64102, 0.61001, 0.60020]},
    ),
    "xgboost with train and eval": ToolLog(
        "[0]\ttrain-rmse:3.10000\teval-rmse:3.30000\n[10]\ttrain-rmse:2.10000\teval-rmse:2.60000\n"
        "[20]\ttrain-rmse:1.40000\teval-rmse:2.20000\n",
        "xgboost",
        [1, 11, 21],
        {"rmse": [3.1, 2.1, 1.4], "val_rmse": [3.3, 2.6, 2.2]},
    ),
    "xgboost with two metrics": ToolLog(
        "[0]\tvalidation_0-auc:0.81000\tvalidation_0-error:0.21000\tvalidation_1-auc:0.71000\tvalidation_1-error:0.31000\n"
        "[1]\tvalidation_0-auc:0.85000\tvalidation_0-error:0.18000\tvalidation_1-auc:0.73000\tvalidation_1-error:0.29000\n",
        "xgboost",
        [1, 2],
        {"auc": [0.81, 0.85], "val_auc": [0.71, 0.73], "error": [0.21, 0.18], "val_error": [0.31, 0.29]},
    ),
    "xgboost with one set": ToolLog(
        "[0]\tvalidation_0-mae:9.1\n[1]\tvalidation_0-mae:8.2\n[2]\tvalidation_0-mae:7.9\n",
        "xgboost",
        [1, 2, 3],
        {"val_mae": [9.1, 8.2, 7.9]},
    ),
    "xgboost.cv": ToolLog(
        "[0]\ttrain-rmse:1.50000+0.01000\ttest-rmse:1.60000+0.02000\n"
        "[1]\ttrain-rmse:1.20000+0.01100\ttest-rmse:1.40000+0.02100\n",
        "xgboost",
        [1, 2],
        {"rmse": [1.5, 1.2], "val_rmse": [1.6, 1.4]},
    ),
    "xgboost stopped early": ToolLog(
        "[0]\ttrain-error:0.30000\teval-error:0.31000\n"
        "Multiple eval metrics have been passed: 'eval-error' will be used for early stopping.\n\n"
        "Will train until eval-error hasn't improved in 2 rounds.\n"
        "[1]\ttrain-error:0.20000\teval-error:0.25000\n[2]\ttrain-error:0.15000\teval-error:0.26000\n"
        "[3]\ttrain-error:0.10000\teval-error:0.27000\nStopping. Best iteration:\n"
        "[1]\ttrain-error:0.20000\teval-error:0.25000\n",
        "xgboost",
        [1, 2, 3, 4],
        {"error": [0.3, 0.2, 0.15, 0.1], "val_error": [0.31, 0.25, 0.26, 0.27]},
        restored=2,
        status="stopped-early",
    ),
    "xgboost with times": ToolLog(
        "[10:31:05] INFO: src/learner.cc:1\n[0]#011train-mlogloss:1.01#011validation-mlogloss:1.05\n"
        "[1]#011train-mlogloss:0.91#011validation-mlogloss:0.97\n[2]#011train-mlogloss:0.83#011validation-mlogloss:0.93\n",
        "xgboost",
        [1, 2, 3],
        {"mlogloss": [1.01, 0.91, 0.83], "val_mlogloss": [1.05, 0.97, 0.93]},
    ),
    "lightgbm": ToolLog(
        "[LightGBM] [Info] Total Bins 346\n[LightGBM] [Info] Number of data points in the train set: 3600, used features: 4\n"
        "[LightGBM] [Info] Start training from score -1.890161\nTraining until validation scores don't improve for 2 rounds\n"
        "[1]\ttraining's l2: 0.91\tvalid_1's l2: 0.95\n[2]\ttraining's l2: 0.80\tvalid_1's l2: 0.90\n"
        "[3]\ttraining's l2: 0.70\tvalid_1's l2: 0.91\n[4]\ttraining's l2: 0.60\tvalid_1's l2: 0.93\n"
        "Early stopping, best iteration is:\n[2]\ttraining's l2: 0.80\tvalid_1's l2: 0.90\n",
        "lightgbm",
        [1, 2, 3, 4],
        {"l2": [0.91, 0.80, 0.70, 0.60], "val_l2": [0.95, 0.90, 0.91, 0.93]},
        restored=2,
        status="stopped-early",
    ),
    "lightgbm every 50 rounds": ToolLog(
        "[50]\tvalid_0's rmse: 3.07\tvalid_0's l2: 9.4249\n[100]\tvalid_0's rmse: 2.71\tvalid_0's l2: 7.3441\n"
        "[150]\tvalid_0's rmse: 2.55\tvalid_0's l2: 6.5025\nDid not meet early stopping. Best iteration is:\n"
        "[148]\tvalid_0's rmse: 2.54\tvalid_0's l2: 6.4516\n",
        "lightgbm",
        [50, 100, 150],
        {"val_rmse": [3.07, 2.71, 2.55], "val_l2": [9.4249, 7.3441, 6.5025]},
        restored=148,
    ),
    "lightgbm.cv": ToolLog(
        "[1]\tcv_agg's auc: 0.71 + 0.011\n[2]\tcv_agg's auc: 0.74 + 0.012\n[3]\tcv_agg's auc: 0.75 + 0.012\n",
        "lightgbm",
        [1, 2, 3],
        {"val_auc": [0.71, 0.74, 0.75]},
    ),
    "catboost": ToolLog(
        "Learning rate set to 0.03\n"
        "0:\tlearn: 0.6862663\ttest: 0.6870000\tbest: 0.6870000 (0)\ttotal: 1ms\tremaining: 10ms\n"
        "1:\tlearn: 0.6490000\ttest: 0.6600000\tbest: 0.6600000 (1)\ttotal: 2ms\tremaining: 9ms\n"
        "2:\tlearn: 0.6190000\ttest: 0.6700000\tbest: 0.6600000 (1)\ttotal: 3ms\tremaining: 8ms\n"
        "Stopped by overfitting detector  (1 iterations wait)\n\nbestTest = 0.66\nbestIteration = 1\n\n"
        "Shrink model to first 2 iterations.\n",
        "catboost",
        [1, 2, 3],
        {"loss": [0.6862663, 0.649, 0.619], "val_loss": [0.687, 0.66, 0.67]},
        restored=2,
        status="stopped-early",
    ),
    "catboost with AUC on a GPU": ToolLog(
        "Default metric period is 5 because AUC is/are not implemented for GPU\n"
        "0:\ttest: 0.7258499\tbest: 0.7258499 (0)\ttotal: 46.9ms\tremaining: 46.9s\n"
        "100:\ttest: 0.7436019\tbest: 0.7436305 (98)\ttotal: 6.03s\tremaining: 53.7s\n"
        "200:\ttest: 0.7440670\tbest: 0.7443389 (168)\ttotal: 12.1s\tremaining: 48s\n",
        "catboost",
        [1, 101, 201],
        {"val_score": [0.7258499, 0.7436019, 0.744067]},
    ),
    "catboost without test": ToolLog(
        "0:\tlearn: 0.91\ttotal: 1.5ms\tremaining: 1.5s\n1:\tlearn: 0.81\ttotal: 2.9ms\tremaining: 1.4s\n"
        "2:\tlearn: 0.75\ttotal: 4ms\tremaining: 1.3s\n",
        "catboost",
        [1, 2, 3],
        {"loss": [0.91, 0.81, 0.75]},
    ),
}
SCIKIT_LEARN = {
    "gradient boosting": ToolLog(
        "      Iter       Train Loss   Remaining Time \n         1           1.2613           11.21s\n"
        "         2           1.1715            9.77s\n         3           1.1029            8.53s\n"
        "        10           0.8730            7.62s\n",
        "sklearn",
        [1, 2, 3, 10],
        {"loss": [1.2613, 1.1715, 1.1029, 0.873]},
        absent=("Remaining Time",),
    ),
    "MLP": ToolLog(
        "Iteration 1, loss = 0.69\nValidation score: 0.610000\nIteration 2, loss = 0.55\nValidation score: 0.700000\n"
        "Iteration 3, loss = 0.45\nValidation score: 0.720000\n"
        "Validation score did not improve more than tol=0.000100 for 10 consecutive epochs. Stopping.\n",
        "sklearn",
        [1, 2, 3],
        {"loss": [0.69, 0.55, 0.45], "val_score": [0.61, 0.70, 0.72]},
        status="stopped-early",
    ),
    "SGD": ToolLog(
        "-- Epoch 1\nNorm: 20.10, NNZs: 4, Bias: 0.111, T: 100, Avg. loss: 0.512\nTotal training time: 0.00 seconds.\n"
        "-- Epoch 2\nNorm: 18.20, NNZs: 4, Bias: 0.121, T: 200, Avg. loss: 0.411\nTotal training time: 0.01 seconds.\n"
        "-- Epoch 3\nNorm: 17.30, NNZs: 4, Bias: 0.131, T: 300, Avg. loss: 0.391\nTotal training time: 0.01 seconds.\n"
        "Convergence after 3 epochs took 0.01 seconds\n",
        "sklearn",
        [1, 2, 3],
        {"loss": [0.512, 0.411, 0.391]},
        absent=("T", "NNZs"),
    ),
    "histogram boosting": ToolLog(
        "Binning 0.001 GB of training data: 0.010 s\nFitting gradient boosted rounds:\n"
        "[1/3] 1 tree, 31 leaves, max depth = 9, train loss: 0.51, val loss: 0.56, in 0.012s\n"
        "[2/3] 1 tree, 31 leaves, max depth = 8, train loss: 0.41, val loss: 0.49, in 0.011s\n"
        "[3/3] 1 tree, 31 leaves, max depth = 9, train loss: 0.35, val loss: 0.45, in 0.011s\n"
        "Fit 3 trees in 0.05 s, (93 total leaves)\n",
        "sklearn",
        [1, 2, 3],
        {"loss": [0.51, 0.41, 0.35], "val_loss": [0.56, 0.49, 0.45]},
    ),
}
LANGUAGE_MODELS = {
    "nanoGPT": ToolLog(
        "number of parameters: 10.65M\nstep 0: train loss 4.2874, val loss 4.2823\niter 0: loss 4.2663, time 31241.41ms, mfu -100.00%\n"
        "iter 10: loss 3.2421, time 101.22ms, mfu 5.91%\niter 20: loss 2.7912, time 102.03ms, mfu 5.90%\n"
        "step 20: train loss 2.7711, val loss 2.8012\nsaving checkpoint to out\niter 30: loss 2.6001, time 101.00ms, mfu 5.9%\n"
        "step 40: train loss 2.4102, val loss 2.5001\n",
        None,
        [0, 10, 20, 30, 40],
        {
            "loss": [4.2874, 3.2421, 2.7711, 2.6001, 2.4102],
            "val_loss": [4.2823, None, 2.8012, None, 2.5001],
        },
        counts="step",
    ),
    "MLX": ToolLog(
        "Trainable parameters: 0.071% (5.112M/7241.732M)\nStarting training..., iters: 40\n"
        "Iter 1: Val loss 2.913, Val took 11.211s\n"
        "Iter 10: Train loss 2.301, Learning Rate 1.000e-05, It/sec 0.571, Tokens/sec 241.3, Trained Tokens 4012, Peak mem 10.1 GB\n"
        "Iter 20: Train loss 1.902, Learning Rate 1.000e-05, It/sec 0.561, Tokens/sec 243.1, Trained Tokens 8110, Peak mem 10.1 GB\n"
        "Iter 20: Val loss 1.955, Val took 11.102s\n"
        "Iter 30: Train loss 1.701, Learning Rate 1.000e-05, It/sec 0.571, Tokens/sec 240.0, Trained Tokens 12101, Peak mem 10.1 GB\n"
        "Iter 40: Val loss 1.812, Val took 11.001s\n"
        "Iter 40: Train loss 1.602, Learning Rate 1.000e-05, It/sec 0.571, Tokens/sec 239.1, Trained Tokens 16011, Peak mem 10.1 GB\n"
        "Test loss 1.853, Test ppl 6.379.\n",
        "mlx",
        [1, 10, 20, 30, 40],
        {"loss": [None, 2.301, 1.902, 1.701, 1.602], "val_loss": [2.913, None, 1.955, None, 1.812]},
        counts="step",
        results={"loss": 1.853, "ppl": 6.379},
        absent=("Trained Tokens", "It/sec", "Peak mem"),
    ),
    "Megatron": ToolLog(
        " iteration       10/     200 | consumed samples:          640 | elapsed time per iteration (ms): 436.9 | learning rate: 1.395349E-06 | "
        "global batch size:    64 | lm loss: 1.029183E+01 | loss scale: 131072.0 | grad norm: 7.831 | number of skipped iterations:   0 | number of nan iterations:   0 |\n"
        " iteration       20/     200 | consumed samples:         1280 | elapsed time per iteration (ms): 437.5 | learning rate: 1.534884E-06 | "
        "global batch size:    64 | lm loss: 9.821100E+00 | loss scale: 131072.0 | grad norm: 6.683 | number of skipped iterations:   0 | number of nan iterations:   0 |\n"
        "-----------------------------------------------------------------------------------------\n"
        " validation loss at iteration 20 | lm loss value: 9.700000E+00 | lm loss PPL: 1.631761E+04 | \n"
        "-----------------------------------------------------------------------------------------\n"
        " iteration       30/     200 | consumed samples:         1920 | elapsed time per iteration (ms): 437.5 | learning rate: 1.634884E-06 | "
        "global batch size:    64 | lm loss: 9.301000E+00 | loss scale: 131072.0 | grad norm: 6.083 | number of skipped iterations:   0 | number of nan iterations:   0 |\n",
        "megatron",
        [10, 20, 30],
        {"lm loss": [10.29183, 9.8211, 9.301], "val_lm loss": [None, 9.7, None]},
        counts="step",
        absent=("consumed samples", "global batch size", "number of skipped iterations"),
    ),
    "fairseq": ToolLog(
        "| epoch 001 | loss 9.102 | nll_loss 8.511 | ppl 364.81 | wps 10476 | ups 6 | wpb 1852.327 | bsz 35.251 | num_updates 812 | "
        "lr 2.5e-05 | gnorm 1.321 | clip 1.000 | oom 0.000 | loss_scale 64.000 | wall 337 | train_wall 310\n"
        "| epoch 001 | valid on 'valid' subset | loss 8.008 | nll_loss 7.211 | ppl 148.09 | num_updates 812\n"
        "| saved checkpoint checkpoints/checkpoint1.pt (epoch 1 @ 812 updates) (writing took 0.39 seconds)\n"
        "| epoch 002 | loss 7.403 | nll_loss 6.612 | ppl 97.8 | wps 10401 | ups 6 | wpb 1851.3 | bsz 35.2 | num_updates 1624 | "
        "lr 5e-05 | gnorm 1.121 | clip 1.000 | oom 0.000 | loss_scale 64.000 | wall 674 | train_wall 620\n"
        "| epoch 002 | valid on 'valid' subset | loss 7.101 | nll_loss 6.201 | ppl 73.6 | num_updates 1624 | best_loss 7.101\n"
        "| done training in 674.1 seconds\n",
        "fairseq",
        [1, 2],
        {"loss": [9.102, 7.403], "val_loss": [8.008, 7.101], "val_ppl": [148.09, 73.6], "nll_loss": [8.511, 6.612]},
        absent=("wps", "bsz", "wall", "best_loss", "val_best_loss", "oom", "num_updates"),
    ),
    "fairseq with a logger": ToolLog(
        "2023-06-13 17:31:54 | INFO | train_inner | epoch 001:    100 / 282 loss=9.153, nll_loss=8.243, ppl=302.9, wps=132396, ups=2.18, wpb=60718.4, bsz=2141.4, num_updates=100, lr=0.0001, gnorm=1.5, clip=0, loss_scale=128, train_wall=46, wall=60\n"
        "2023-06-13 17:32:34 | INFO | train | epoch 001 | loss 8.9 | nll_loss 8.0 | ppl 256 | wps 132001 | ups 2.1 | wpb 60700 | bsz 2140 | num_updates 282 | lr 0.0002 | gnorm 1.4 | clip 0 | loss_scale 128 | train_wall 120 | wall 130\n"
        '2023-06-13 17:32:38 | INFO | fairseq_cli.train | begin validation on "valid" subset\n'
        "2023-06-13 17:32:41 | INFO | valid | epoch 001 | valid on 'valid' subset | loss 8.1 | nll_loss 7.1 | ppl 137.2 | bleu 2.5 | wps 88225 | wpb 21176.3 | bsz 666.3 | num_updates 282\n"
        "2023-06-13 17:36:34 | INFO | train | epoch 002 | loss 7.9 | nll_loss 6.9 | ppl 119.4 | wps 132001 | ups 2.1 | wpb 60700 | bsz 2140 | num_updates 564 | lr 0.0003 | gnorm 1.2 | clip 0 | loss_scale 128 | train_wall 120 | wall 260\n"
        "2023-06-13 17:36:41 | INFO | valid | epoch 002 | valid on 'valid' subset | loss 7.2 | nll_loss 6.2 | ppl 73.5 | bleu 9.5 | wps 88225 | wpb 21176.3 | bsz 666.3 | num_updates 564 | best_bleu 9.5\n",
        "fairseq",
        [1, 2],
        {"loss": [8.9, 7.9], "val_loss": [8.1, 7.2], "val_bleu": [2.5, 9.5]},
        absent=("wps", "bsz", "val_best_bleu"),
    ),
    "OpenNMT": ToolLog(
        "[2020-05-01 10:00:00,100 INFO] Step 50/200; acc:   4.26; ppl: 9000.10; xent: 9.10; lr: 0.00010; 3012/2512 tok/s;     20 sec\n"
        "[2020-05-01 10:00:20,100 INFO] Step 100/200; acc:   8.26; ppl: 1096.60; xent: 7.00; lr: 0.00020; 3012/2512 tok/s;     40 sec\n"
        "[2020-05-01 10:00:30,100 INFO] Validation perplexity: 812.4\n[2020-05-01 10:00:30,100 INFO] Validation accuracy: 9.1\n"
        "[2020-05-01 10:00:40,100 INFO] Step 150/200; acc:  12.26; ppl: 403.40; xent: 6.00; lr: 0.00030; 3012/2512 tok/s;     60 sec\n"
        "[2020-05-01 10:01:00,100 INFO] Step 200/200; acc:  15.26; ppl: 244.70; xent: 5.50; lr: 0.00040; 3012/2512 tok/s;     80 sec\n"
        "[2020-05-01 10:01:10,100 INFO] Validation perplexity: 301.2\n[2020-05-01 10:01:10,100 INFO] Validation accuracy: 14.8\n",
        "opennmt",
        [50, 100, 150, 200],
        {"xent": [9.1, 7.0, 6.0, 5.5], "acc": [4.26, 8.26, 12.26, 15.26]},
        counts="step",
    ),
}
TRAINERS = {
    "Trainer": ToolLog(
        "{'loss': 2.41, 'grad_norm': 1.2, 'learning_rate': 0.00019, 'epoch': 0.5}\n"
        "{'loss': 1.62, 'grad_norm': 0.9, 'learning_rate': 0.00016, 'epoch': 1.0}\n"
        "{'eval_loss': 1.40, 'eval_accuracy': 0.61, 'eval_runtime': 5.1, 'eval_samples_per_second': 20.1, 'epoch': 1.0}\n"
        "{'loss': 1.04, 'grad_norm': 0.8, 'learning_rate': 0.0001, 'epoch': 1.5}\n"
        "{'loss': 0.71, 'grad_norm': nan, 'learning_rate': 0.00004, 'epoch': 2.0}\n"
        "{'eval_loss': 1.21, 'eval_accuracy': 0.71, 'eval_runtime': 5.1, 'eval_samples_per_second': 20.1, 'epoch': 2.0}\n"
        "{'train_runtime': 61.2, 'train_samples_per_second': 32.1, 'train_loss': 1.445, 'epoch': 2.0}\n",
        "transformers",
        [1, 2],
        {"loss": [2.015, 0.875], "val_loss": [1.4, 1.21], "val_accuracy": [0.61, 0.71]},
        absent=("train_loss", "eval_runtime", "val_runtime", "train_runtime"),
    ),
    "Trainer with quoted numbers between bars": ToolLog(
        " 10%|█         | 5/50 [00:02<00:10,  3.11it/s]\n{'loss': '2.4', 'grad_norm': '1.2', 'learning_rate': '0.0001', 'epoch': '1'}\n"
        "{'eval_loss': '1.4', 'eval_runtime': '5.1', 'epoch': '1'}\n 20%|██        | 10/50 [00:05<00:10,  3.11it/s]"
        "{'loss': '1.6', 'grad_norm': '1.1', 'learning_rate': '0.0001', 'epoch': '2'}\n{'eval_loss': '1.2', 'eval_runtime': '5.1', 'epoch': '2'}\n",
        "transformers",
        [1, 2],
        {"loss": [2.4, 1.6], "val_loss": [1.4, 1.2]},
    ),
    "dicts after a counter": ToolLog(
        "Epoch 1: {'loss': 0.9, 'val_loss': 1.0, 'val_acc': 0.5}\nEpoch 2: {'loss': 0.7, 'val_loss': 0.8, 'val_acc': 0.6}\n"
        "Epoch 3: {'loss': 0.5, 'val_loss': 0.7, 'val_acc': 0.7}\n",
        None,
        [1, 2, 3],
        {"loss": [0.9, 0.7, 0.5], "val_loss": [1.0, 0.8, 0.7], "val_acc": [0.5, 0.6, 0.7]},
    ),
    "JSON in log lines": ToolLog(
        '2024-01-01 10:00:00 INFO trainer: {"epoch": 1, "train_loss": 0.9, "valid_loss": 1.0, "seconds": 3.1}\n'
        '2024-01-01 10:00:10 INFO trainer: {"epoch": 2, "train_loss": 0.7, "valid_loss": 0.9, "seconds": 3.2}\n',
        None,
        [1, 2],
        {"loss": [0.9, 0.7], "val_loss": [1.0, 0.9]},
        absent=("seconds",),
    ),
    "nested dicts": ToolLog(
        "epoch 1 {'train': {'loss': 0.9, 'acc': 0.5}, 'val': {'loss': 1.0, 'acc': 0.4}}\n"
        "epoch 2 {'train': {'loss': 0.7, 'acc': 0.6}, 'val': {'loss': 0.9, 'acc': 0.5}}\n",
        None,
        [1, 2],
        {"loss": [0.9, 0.7], "val_loss": [1.0, 0.9], "acc": [0.5, 0.6], "val_acc": [0.4, 0.5]},
    ),
}
TABLES = {
    "fastai": ToolLog(
        "epoch     train_loss  valid_loss  accuracy  time    \n0         1.204310    0.911200    0.602500  00:11     \n"
        "Better model found at epoch 0 with valid_loss value: 0.9112.\n1         0.843100    0.745900    0.688800  00:10     \n"
        "2         0.701200    0.702100    0.711100  00:10     \n",
        "fastai",
        [1, 2, 3],
        {
            "loss": [1.20431, 0.8431, 0.7012],
            "val_loss": [0.9112, 0.7459, 0.7021],
            "val_accuracy": [0.6025, 0.6888, 0.7111],
        },
        absent=("time", "accuracy"),
    ),
    "fastai copied from a page": ToolLog(
        "epoch\ttrain_loss\tvalid_loss\terror_rate\ttime\n0\t0.612\t0.511\t0.171\t00:23\n1\t0.402\t0.431\t0.151\t00:22\n",
        "fastai",
        [1, 2],
        {"loss": [0.612, 0.402], "val_loss": [0.511, 0.431], "val_error_rate": [0.171, 0.151]},
    ),
    "skorch": ToolLog(
        "  epoch    train_loss    valid_acc    valid_loss    cp     dur\n-------  ------------  -----------  ------------  ----  ------\n"
        "      1        \x1b[36m0.7120\x1b[0m       \x1b[32m0.5400\x1b[0m        \x1b[35m0.6811\x1b[0m     +  0.0231\n"
        "      2        \x1b[36m0.6544\x1b[0m       \x1b[32m0.6150\x1b[0m        \x1b[35m0.6402\x1b[0m     +  0.0208\n"
        "      3        0.6601       0.6100        0.6502        0.0210\n",
        "skorch",
        [1, 2, 3],
        {"loss": [0.712, 0.6544, 0.6601], "val_loss": [0.6811, 0.6402, 0.6502], "val_acc": [0.54, 0.615, 0.61]},
        absent=("dur", "cp"),
    ),
    "spaCy": ToolLog(
        "ℹ Pipeline: ['tok2vec', 'ner']\nℹ Initial learn rate: 0.001\n"
        "E    #       LOSS TOK2VEC  LOSS NER  ENTS_F  ENTS_P  ENTS_R  SCORE \n"
        "---  ------  ------------  --------  ------  ------  ------  ------\n"
        "  0       0          0.00     31.20    0.00    0.00    0.00    0.00\n"
        "  3     200         44.10    812.55   51.20   55.40   47.60    0.51\n"
        "  7     400         12.10    212.55   61.20   65.40   57.60    0.61\n✔ Saved pipeline to output directory\n",
        "spacy",
        [0, 200, 400],
        {"ner loss": [31.2, 812.55, 212.55], "val_ENTS_F": [0.0, 51.2, 61.2], "val_SCORE": [0.0, 0.51, 0.61]},
        counts="step",
        absent=("SCORE", "E"),
    ),
    "model card": ToolLog(
        "### Training results\n\n| Training Loss | Epoch | Step | Validation Loss | Accuracy | F1     |\n"
        "|:-------------:|:-----:|:----:|:---------------:|:--------:|:------:|\n"
        "| No log        | 1.0   | 25   | 0.6191          | 0.7107   | 0.6511 |\n"
        "| 0.5432        | 2.0   | 50   | 0.5123          | 0.8134   | 0.7512 |\n"
        "| 0.3432        | 3.0   | 75   | 0.5023          | 0.8234   | 0.7712 |\n",
        "transformers",
        [1, 2, 3],
        {
            "loss": [None, 0.5432, 0.3432],
            "val_loss": [0.6191, 0.5123, 0.5023],
            "val_Accuracy": [0.7107, 0.8134, 0.8234],
        },
        absent=("Accuracy", "F1"),
    ),
    "Trainer in a notebook": ToolLog(
        "[150/150 00:41, Epoch 3/3]\nEpoch\tTraining Loss\tValidation Loss\tAccuracy\n1\tNo log\t0.53\t0.81\n2\t0.40\t0.50\t0.82\n3\t0.30\t0.48\t0.84\n",
        "transformers",
        [1, 2, 3],
        {"loss": [None, 0.4, 0.3], "val_loss": [0.53, 0.5, 0.48], "val_Accuracy": [0.81, 0.82, 0.84]},
        absent=("Accuracy",),
    ),
    "rich": ToolLog(
        "┏━━━━━━━┳━━━━━━━━━━━━┳━━━━━━━━━━┓\n┃ Epoch ┃ Train Loss ┃ Val Loss ┃\n┡━━━━━━━╇━━━━━━━━━━━━╇━━━━━━━━━━┩\n"
        "│ 1     │ 0.9        │ 0.95     │\n│ 2     │ 0.8        │ 0.90     │\n└───────┴────────────┴──────────┘\n",
        None,
        [1, 2],
        {"loss": [0.9, 0.8], "val_loss": [0.95, 0.9]},
    ),
    "PrettyTable with a planned number": ToolLog(
        "+-------+------------+----------+--------+\n| Epoch | Train Loss | Val Loss | Time   |\n+-------+------------+----------+--------+\n"
        "|  1/9  |    0.9     |   0.95   | 12.1s  |\n|  2/9  |    0.8     |   0.90   | 11.9s  |\n+-------+------------+----------+--------+\n",
        None,
        [1, 2],
        {"loss": [0.9, 0.8], "val_loss": [0.95, 0.9]},
        absent=("Time",),
    ),
    "frame": ToolLog(
        "   epoch      loss  val_loss\n0      1  0.900000  0.950000\n1      2  0.700000  0.800000\n2      3  0.600000  0.790000\n",
        None,
        [1, 2, 3],
        {"loss": [0.9, 0.7, 0.6], "val_loss": [0.95, 0.8, 0.79]},
    ),
    "rows of training and validation": ToolLog(
        "accuracy | loss | epoch | train | time\n-- | -- | -- | -- | --\n0.817 | 0.722 | 0 | True | 00:21\n0.850 | 0.547 | 0 | False | 00:01\n"
        "0.894 | 0.392 | 1 | True | 00:21\n0.862 | 0.462 | 1 | False | 00:01\n",
        None,
        [1, 2],
        {"loss": [0.722, 0.392], "val_loss": [0.547, 0.462], "accuracy": [0.817, 0.894], "val_accuracy": [0.85, 0.862]},
        absent=("train", "time"),
    ),
    "SB3": ToolLog(
        "---------------------------------\n| rollout/           |          |\n|    ep_len_mean     | 21       |\n|    ep_rew_mean     | 21.5     |\n"
        "| time/              |          |\n|    fps             | 62       |\n|    iterations      | 1        |\n|    time_elapsed    | 2        |\n"
        "|    total_timesteps | 2048     |\n---------------------------------\n"
        "---------------------------------\n| rollout/           |          |\n|    ep_len_mean     | 26       |\n|    ep_rew_mean     | 26.5     |\n"
        "| time/              |          |\n|    fps             | 60       |\n|    iterations      | 2        |\n|    time_elapsed    | 4        |\n"
        "|    total_timesteps | 4096     |\n| train/             |          |\n|    learning_rate   | 0.0003   |\n|    value_loss      | 36.8     |\n"
        "---------------------------------\n",
        "stable-baselines3",
        [2048, 4096],
        {"rollout/ep_rew_mean": [21.5, 26.5], "train/value_loss": [None, 36.8]},
        counts="step",
        absent=("time/fps", "time/iterations"),
    ),
    "Lightning's test": ToolLog(
        "Epoch 0: 100%|██████████| 57/57 [04:41<00:00,  4.94s/it, loss=0.61, v_num=0, train/loss=0.597, val/loss=0.627]\n"
        "Epoch 1: 100%|██████████| 57/57 [04:41<00:00,  4.94s/it, loss=0.41, v_num=0, train/loss=0.397, val/loss=0.527]\n"
        "┏━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━┓\n┃        Test metric        ┃       DataLoader 0        ┃\n"
        "┡━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━┩\n│         test/acc          │    0.8896281719207764     │\n"
        "│         test/loss         │    0.5668848156929016     │\n└───────────────────────────┴───────────────────────────┘\n",
        "lightning",
        [1, 2],
        {"val_loss": [0.627, 0.527]},
        results={"acc": 0.8896281719207764, "loss": 0.5668848156929016},
        absent=("v_num", "test/loss", "val_test/loss"),
    ),
    "YOLOv8": ToolLog(
        "\n      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size\n"
        "        1/3      2.08G      1.552      3.243       1.29         30        640:  50%|█████     | 11/22 [00:05<00:05,  2.12it/s]\r"
        "        1/3      2.08G      1.542      3.143       1.28         30        640: 100%|██████████| 22/22 [00:10<00:00,  2.12it/s]\n"
        "                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95): 100%|██████████| 3/3 [00:02<00:00,  1.25it/s]\n"
        "                   all         87         91    0.00337      0.967      0.242      0.137\n\n"
        "      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size\n"
        "        2/3      2.34G      1.499       2.02      1.245         19        640: 100%|██████████| 22/22 [00:08<00:00,  2.51it/s]\n"
        "                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95): 100%|██████████| 3/3 [00:01<00:00,  2.43it/s]\n"
        "                   all         87         91      0.212      0.567      0.342      0.187\n\n"
        "      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size\n"
        "        3/3      2.34G      1.399       1.82      1.205         21        640: 100%|██████████| 22/22 [00:08<00:00,  2.51it/s]\n"
        "                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95): 100%|██████████| 3/3 [00:01<00:00,  2.43it/s]\n"
        "                   all         87         91      0.412      0.667      0.442      0.237\n\n"
        "3 epochs completed in 0.010 hours.\nOptimizer stripped from runs/detect/train/weights/last.pt, 6.2MB\n\nValidating runs/detect/train/weights/best.pt...\n"
        "                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95): 100%|██████████| 3/3 [00:01<00:00,  2.43it/s]\n"
        "                   all         87         91      0.413      0.668      0.443      0.238\n"
        "                   cat         40         45      0.313      0.568      0.343      0.138\n",
        "ultralytics",
        [1, 2, 3],
        {
            "box_loss": [1.542, 1.499, 1.399],
            "val_mAP50": [0.242, 0.342, 0.442],
            "val_mAP50-95": [0.137, 0.187, 0.237],
            "val_precision": [0.00337, 0.212, 0.412],
        },
        results={"mAP50": 0.443, "mAP50-95": 0.238},
        absent=("Instances", "Size", "GPU_mem"),
    ),
    "YOLOv5": ToolLog(
        "     Epoch    GPU_mem   box_loss   obj_loss   cls_loss  Instances       Size\n"
        "       0/1      3.5G     0.0451    0.0612    0.0171       217        640: 100% 8/8 [00:03<00:00,  2.45it/s]\n"
        "                 Class     Images  Instances          P          R      mAP50   mAP50-95: 100% 4/4 [00:00<00:00,  5.03it/s]\n"
        "                   all        128        929      0.651      0.531      0.612      0.401\n\n"
        "     Epoch    GPU_mem   box_loss   obj_loss   cls_loss  Instances       Size\n"
        "       1/1      3.5G     0.0431    0.0602    0.0161       201        640: 100% 8/8 [00:03<00:00,  2.45it/s]\n"
        "                 Class     Images  Instances          P          R      mAP50   mAP50-95: 100% 4/4 [00:00<00:00,  5.03it/s]\n"
        "                   all        128        929      0.671      0.541      0.632      0.411\n",
        "ultralytics",
        [1, 2],
        {"box_loss": [0.0451, 0.0431], "val_mAP50": [0.612, 0.632], "val_recall": [0.531, 0.541]},
    ),
}
VISION = {
    "MMEngine": ToolLog(
        "2022/08/22 15:51:56 - mmengine - INFO - Epoch(train) [1][50/100]  lr: 1.0000e-03  eta: 0:11:29  time: 0.0354  data_time: 0.0077  memory: 392  loss: 2.7  loss_cls: 1.7  loss_bbox: 1.0\n"
        "2022/08/22 15:51:58 - mmengine - INFO - Epoch(train) [1][100/100]  lr: 1.0000e-03  eta: 0:09:10  time: 0.0352  data_time: 0.0076  memory: 392  loss: 2.5  loss_cls: 1.5  loss_bbox: 1.0\n"
        "2022/08/22 15:51:59 - mmengine - INFO - Saving checkpoint at 1 epochs\n"
        "2022/08/22 15:52:03 - mmengine - INFO - Epoch(val) [1][10/10]  coco/bbox_mAP: 0.1230  coco/bbox_mAP_50: 0.2230  data_time: 0.0077  time: 0.0154\n"
        "2022/08/22 15:52:56 - mmengine - INFO - Epoch(train) [2][50/100]  lr: 1.0000e-03  eta: 0:08:00  time: 0.0353  data_time: 0.0073  memory: 392  loss: 2.1  loss_cls: 1.2  loss_bbox: 0.9\n"
        "2022/08/22 15:52:58 - mmengine - INFO - Epoch(train) [2][100/100]  lr: 1.0000e-03  eta: 0:07:17  time: 0.0347  data_time: 0.0073  memory: 392  loss: 1.9  loss_cls: 1.1  loss_bbox: 0.8\n"
        "2022/08/22 15:53:03 - mmengine - INFO - Epoch(val) [2][10/10]  coco/bbox_mAP: 0.1930  coco/bbox_mAP_50: 0.3130  data_time: 0.0077  time: 0.0154\n",
        "mmengine",
        [1, 2],
        {"loss": [2.6, 2.0], "val_coco/bbox_mAP": [0.123, 0.193], "loss_cls": [1.6, 1.15]},
        absent=("memory", "eta", "time", "data_time", "val_time"),
    ),
    "MMCV": ToolLog(
        "2021-03-01 10:00:00,000 - mmdet - INFO - Epoch [1][50/100]\tlr: 1.000e-02, eta: 1:00:00, time: 0.500, data_time: 0.010, memory: 3500, loss_cls: 0.9, loss: 1.2\n"
        "2021-03-01 10:01:00,000 - mmdet - INFO - Epoch [1][100/100]\tlr: 1.000e-02, eta: 0:59:00, time: 0.500, data_time: 0.010, memory: 3500, loss_cls: 0.7, loss: 1.0\n"
        "2021-03-01 10:02:00,000 - mmdet - INFO - Epoch(val) [1][100]\tbbox_mAP: 0.2010, bbox_mAP_50: 0.4010, bbox_mAP_copypaste: 0.201 0.401 0.181 0.101 0.201 0.301\n"
        "2021-03-01 10:03:00,000 - mmdet - INFO - Epoch [2][50/100]\tlr: 1.000e-02, eta: 0:58:00, time: 0.500, data_time: 0.010, memory: 3500, loss_cls: 0.6, loss: 0.9\n"
        "2021-03-01 10:04:00,000 - mmdet - INFO - Epoch [2][100/100]\tlr: 1.000e-02, eta: 0:57:00, time: 0.500, data_time: 0.010, memory: 3500, loss_cls: 0.5, loss: 0.7\n"
        "2021-03-01 10:05:00,000 - mmdet - INFO - Epoch(val) [2][100]\tbbox_mAP: 0.2510, bbox_mAP_50: 0.4510, bbox_mAP_copypaste: 0.251 0.451 0.191 0.111 0.221 0.321\n",
        "mmengine",
        [1, 2],
        {"loss": [1.1, 0.8], "val_bbox_mAP": [0.201, 0.251]},
        absent=("memory", "time"),
    ),
    "MMSegmentation, iterations": ToolLog(
        "2022/09/01 10:00:00 - mmengine - INFO - Iter(train) [  50/200]  lr: 9.9e-03  eta: 0:10:00  time: 0.2  data_time: 0.01  memory: 5000  loss: 2.5  decode.loss_ce: 1.8  decode.acc_seg: 40.1\n"
        "2022/09/01 10:00:10 - mmengine - INFO - Iter(train) [ 100/200]  lr: 9.8e-03  eta: 0:09:00  time: 0.2  data_time: 0.01  memory: 5000  loss: 1.9  decode.loss_ce: 1.4  decode.acc_seg: 50.1\n"
        "2022/09/01 10:00:20 - mmengine - INFO - Iter(val) [50/50]    aAcc: 71.1000  mIoU: 31.2000  mAcc: 41.0000  data_time: 0.0077  time: 0.0154\n"
        "2022/09/01 10:00:30 - mmengine - INFO - Iter(train) [ 150/200]  lr: 9.7e-03  eta: 0:08:00  time: 0.2  data_time: 0.01  memory: 5000  loss: 1.6  decode.loss_ce: 1.1  decode.acc_seg: 60.1\n"
        "2022/09/01 10:00:40 - mmengine - INFO - Iter(train) [ 200/200]  lr: 9.6e-03  eta: 0:07:00  time: 0.2  data_time: 0.01  memory: 5000  loss: 1.4  decode.loss_ce: 0.9  decode.acc_seg: 65.1\n"
        "2022/09/01 10:00:50 - mmengine - INFO - Iter(val) [50/50]    aAcc: 75.1000  mIoU: 37.2000  mAcc: 46.0000  data_time: 0.0077  time: 0.0154\n",
        "mmengine",
        [50, 100, 150, 200],
        {"loss": [2.5, 1.9, 1.6, 1.4], "val_mIoU": [None, 31.2, None, 37.2]},
        counts="step",
        absent=("memory", "time"),
    ),
    "Detectron2": ToolLog(
        "[10/05 12:00:00 d2.engine.train_loop]: Starting training from iteration 0\n"
        "[10/05 12:00:10 d2.utils.events]:  eta: 0:01:00  iter: 19  total_loss: 2.5  loss_cls: 0.8  loss_box_reg: 0.6  time: 0.3101  data_time: 0.0101  lr: 0.00025  max_mem: 2000M\n"
        "[10/05 12:00:20 d2.utils.events]:  eta: 0:00:50  iter: 39  total_loss: 1.9  loss_cls: 0.6  loss_box_reg: 0.5  time: 0.3102  data_time: 0.0101  lr: 0.00050  max_mem: 2000M\n"
        "[10/05 12:00:30 d2.utils.events]:  eta: 0:00:40  iter: 59  total_loss: 1.5  loss_cls: 0.4  loss_box_reg: 0.4  time: 0.3103  data_time: 0.0101  lr: 0.00075  max_mem: 2000M\n"
        "[10/05 12:00:40 d2.evaluation.testing]: copypaste: Task: bbox\n[10/05 12:00:40 d2.evaluation.testing]: copypaste: AP,AP50,AP75,APs,APm,APl\n"
        "[10/05 12:00:40 d2.evaluation.testing]: copypaste: 30.1234,50.2345,31.1,10.2,30.3,40.4\n",
        "detectron2",
        [19, 39, 59],
        {"total_loss": [2.5, 1.9, 1.5], "loss_cls": [0.8, 0.6, 0.4]},
        counts="step",
        absent=("max_mem", "time", "data_time", "eta"),
    ),
    "ImageNet example": ToolLog(
        "Epoch: [0][  0/100]\tTime  5.100 ( 5.100)\tData  4.000 ( 4.000)\tLoss 6.9100e+00 (6.9100e+00)\tAcc@1   0.00 (  0.00)\tAcc@5   0.39 (  0.39)\n"
        "Epoch: [0][ 90/100]\tTime  0.300 ( 0.400)\tData  0.000 ( 0.100)\tLoss 5.9000e+00 (6.5000e+00)\tAcc@1   4.00 (  2.00)\tAcc@5  10.39 (  6.39)\n"
        "Test: [ 0/10]\tTime  1.100 ( 1.100)\tLoss 5.0000e+00 (5.0000e+00)\tAcc@1   7.00 (  7.00)\tAcc@5  20.39 ( 20.39)\n"
        "Test: [ 9/10]\tTime  0.100 ( 0.200)\tLoss 5.4000e+00 (5.2000e+00)\tAcc@1   5.00 (  6.00)\tAcc@5  18.39 ( 19.39)\n"
        " *   Acc@1 6.010 Acc@5 19.400\n"
        "Epoch: [1][  0/100]\tTime  5.100 ( 5.100)\tData  4.000 ( 4.000)\tLoss 5.8100e+00 (5.8100e+00)\tAcc@1   5.00 (  5.00)\tAcc@5  15.39 ( 15.39)\n"
        "Epoch: [1][ 90/100]\tTime  0.300 ( 0.400)\tData  0.000 ( 0.100)\tLoss 5.1000e+00 (5.4000e+00)\tAcc@1   9.00 (  7.00)\tAcc@5  20.39 ( 18.39)\n"
        "Test: [ 0/10]\tTime  1.100 ( 1.100)\tLoss 4.6000e+00 (4.6000e+00)\tAcc@1  10.00 ( 10.00)\tAcc@5  27.39 ( 27.39)\n"
        "Test: [ 9/10]\tTime  0.100 ( 0.200)\tLoss 4.9000e+00 (4.7000e+00)\tAcc@1   9.00 ( 11.00)\tAcc@5  26.39 ( 28.39)\n"
        " *   Acc@1 11.020 Acc@5 28.410\n",
        None,
        [1, 2],
        {"loss": [6.5, 5.4], "val_loss": [5.2, 4.7], "Acc@1": [2.0, 7.0], "val_Acc@1": [6.01, 11.02]},
        absent=("Time", "Data"),
    ),
    "timm": ToolLog(
        "Train: 0 [   0/1251 (  0%)]  Loss: 6.94 (6.94)  Time: 2.5s,  100/s  (2.5s,  100/s)  LR: 1.000e-05  Data: 1.5 (1.5)\n"
        "Train: 0 [1250/1251 (100%)]  Loss: 6.54 (6.74)  Time: 0.5s,  500/s  (0.5s,  500/s)  LR: 1.000e-05  Data: 0.1 (0.1)\n"
        "Test: [   0/97]  Time: 1.2 (1.2)  Loss:  5.9 (5.9)  Acc@1: 10.1 ( 10.1)  Acc@5: 20.2 ( 20.2)\n"
        "Test: [  97/97]  Time: 0.2 (0.2)  Loss:  6.1 (6.0)  Acc@1:  8.1 (  9.1)  Acc@5: 18.2 ( 19.2)\n"
        "Train: 1 [   0/1251 (  0%)]  Loss: 6.44 (6.44)  Time: 2.5s,  100/s  (2.5s,  100/s)  LR: 2.000e-05  Data: 1.5 (1.5)\n"
        "Train: 1 [1250/1251 (100%)]  Loss: 5.94 (6.14)  Time: 0.5s,  500/s  (0.5s,  500/s)  LR: 2.000e-05  Data: 0.1 (0.1)\n"
        "Test: [   0/97]  Time: 1.2 (1.2)  Loss:  5.1 (5.1)  Acc@1: 20.1 ( 20.1)  Acc@5: 30.2 ( 30.2)\n"
        "Test: [  97/97]  Time: 0.2 (0.2)  Loss:  5.3 (5.2)  Acc@1: 18.1 ( 19.1)  Acc@5: 28.2 ( 29.2)\n"
        "*** Best metric: 19.1 (epoch 1)\n",
        None,
        [1, 2],
        {"loss": [6.74, 6.14], "val_loss": [6.0, 5.2], "val_Acc@1": [9.1, 19.1]},
        absent=("Time", "Data"),
    ),
    "Caffe": ToolLog(
        "I0529 17:21:44.554693 25389 solver.cpp:270] Iteration 0, Testing net (#0)\n"
        "I0529 17:21:44.554694 25389 solver.cpp:319]     Test net output #0: accuracy = 0.1252\n"
        "I0529 17:21:44.554721 25389 solver.cpp:319]     Test net output #1: loss = 2.30 (* 1 = 2.30 loss)\n"
        "I0529 17:21:44.554754 25389 solver.cpp:189] Iteration 0, loss = 2.31\n"
        "I0529 17:21:44.554772 25389 solver.cpp:204]     Train net output #0: loss = 2.31 (* 1 = 2.31 loss)\n"
        "I0529 17:21:44.554792 25389 solver.cpp:467] Iteration 0, lr = 0.01\n"
        "I0529 17:21:45.554754 25389 solver.cpp:189] Iteration 100 (85.1 iter/s, 1.17s/100 iters), loss = 0.91\n"
        "I0529 17:21:45.554772 25389 solver.cpp:204]     Train net output #0: loss = 0.91 (* 1 = 0.91 loss)\n"
        "I0529 17:21:45.554792 25389 solver.cpp:467] Iteration 100, lr = 0.01\n"
        "I0529 17:21:46.564312 25389 solver.cpp:270] Iteration 200, Testing net (#0)\n"
        "I0529 17:21:46.554694 25389 solver.cpp:319]     Test net output #0: accuracy = 0.8252\n"
        "I0529 17:21:46.554721 25389 solver.cpp:319]     Test net output #1: loss = 0.55 (* 1 = 0.55 loss)\n"
        "I0529 17:21:46.554754 25389 solver.cpp:189] Iteration 200, loss = 0.51\n"
        "I0529 17:21:46.554772 25389 solver.cpp:204]     Train net output #0: loss = 0.51 (* 1 = 0.51 loss)\n"
        "I0529 17:21:46.554792 25389 solver.cpp:467] Iteration 200, lr = 0.01\n"
        "I0529 17:21:46.554795 25389 solver.cpp:331] Optimization Done.\n",
        "caffe",
        [0, 100, 200],
        {"loss": [2.31, 0.91, 0.51], "val_loss": [2.30, None, 0.55], "val_accuracy": [0.1252, None, 0.8252]},
        counts="step",
    ),
    "PaddleSeg": ToolLog(
        "2021-08-11 09:11:35 [INFO]\t[TRAIN] epoch: 1, iter: 20/60, loss: 3.1863, lr: 0.009914, batch_cost: 0.1069, reader_cost: 0.01135, ips: 37.4259 samples/sec | ETA 00:03:31\n"
        "2021-08-11 09:11:36 [INFO]\t[TRAIN] epoch: 1, iter: 40/60, loss: 2.2679, lr: 0.009824, batch_cost: 0.0944, reader_cost: 0.00015, ips: 42.3835 samples/sec | ETA 00:03:04\n"
        "2021-08-11 09:11:38 [INFO]\t[EVAL] #Images: 82 mIoU: 0.4397 Acc: 0.7263 Kappa: 0.5238\n"
        "2021-08-11 09:11:38 [INFO]\t[EVAL] Class IoU:\n[0.6005 0.2789]\n"
        "2021-08-11 09:11:38 [INFO]\t[TRAIN] epoch: 2, iter: 60/60, loss: 2.0758, lr: 0.009734, batch_cost: 0.0963, reader_cost: 0.00474, ips: 41.5578 samples/sec | ETA 00:03:06\n"
        "2021-08-11 09:11:39 [INFO]\t[EVAL] #Images: 82 mIoU: 0.5397 Acc: 0.7963 Kappa: 0.6238\n",
        "paddle",
        [20, 40, 60],
        {"loss": [3.1863, 2.2679, 2.0758], "val_mIoU": [None, 0.4397, 0.5397]},
        counts="step",
        absent=("batch_cost", "reader_cost", "ips"),
    ),
    "PaddleOCR": ToolLog(
        "[2022/03/01 10:00:00] ppocr INFO: epoch: [1/3], global_step: 10, lr: 0.000100, loss: 5.1, avg_reader_cost: 0.01 s, avg_batch_cost: 0.2 s, avg_samples: 8.0, ips: 40.0 samples/s, eta: 0:10:00\n"
        "[2022/03/01 10:01:00] ppocr INFO: epoch: [2/3], global_step: 20, lr: 0.000100, loss: 3.1, avg_reader_cost: 0.01 s, avg_batch_cost: 0.2 s, avg_samples: 8.0, ips: 40.0 samples/s, eta: 0:09:00\n"
        "[2022/03/01 10:01:10] ppocr INFO: cur metric, precision: 0.5, recall: 0.4, hmean: 0.4444, fps: 21.5\n"
        "[2022/03/01 10:02:00] ppocr INFO: epoch: [3/3], global_step: 30, lr: 0.000100, loss: 2.1, avg_reader_cost: 0.01 s, avg_batch_cost: 0.2 s, avg_samples: 8.0, ips: 40.0 samples/s, eta: 0:08:00\n"
        "[2022/03/01 10:02:10] ppocr INFO: cur metric, precision: 0.6, recall: 0.5, hmean: 0.5455, fps: 21.5\n",
        "paddle",
        [1, 2, 3],
        {"loss": [5.1, 3.1, 2.1], "val_hmean": [None, 0.4444, 0.5455]},
        absent=("avg_reader_cost", "ips", "fps", "avg_samples"),
    ),
    "nnU-Net v2": ToolLog(
        "2025-11-19 00:07:35.259727: Epoch 0 \n2025-11-19 00:07:35.269744: Current learning rate: 0.01 \n"
        "2025-11-19 00:09:11.854378: train_loss -0.1525 \n2025-11-19 00:09:11.864611: val_loss -0.2249 \n"
        "2025-11-19 00:09:11.870212: Pseudo dice [np.float32(0.8), np.float32(0.6), np.float32(0.4)] \n2025-11-19 00:09:11.881562: Epoch time: 96.61 s \n"
        "2025-11-19 00:09:11.888659: Yayy! New best EMA pseudo Dice: 0.6 \n"
        "2025-11-19 00:09:12.259727: Epoch 1 \n2025-11-19 00:09:12.269744: Current learning rate: 0.00991 \n"
        "2025-11-19 00:10:11.854378: train_loss -0.3525 \n2025-11-19 00:10:11.864611: val_loss -0.4249 \n"
        "2025-11-19 00:10:11.870212: Pseudo dice [0.9, 0.7, nan] \n2025-11-19 00:10:11.881562: Epoch time: 95.61 s \n",
        "nnunet",
        [1, 2],
        {"loss": [-0.1525, -0.3525], "val_loss": [-0.2249, -0.4249], "val_Pseudo dice": [0.6, 0.8]},
        absent=("Epoch time",),
    ),
    "nnU-Net v1": ToolLog(
        "2021-05-01 10:00:00.000000: \nepoch:  0 \n2021-05-01 10:05:00.000000: train loss : -0.1500 \n"
        "2021-05-01 10:05:10.000000: validation loss: -0.2200 \n2021-05-01 10:05:11.000000: Average global foreground Dice: [0.6, 0.4] \n"
        "2021-05-01 10:05:11.000001: (interpret this as an estimate for the Dice of the different classes. This is not exact.) \n"
        "2021-05-01 10:05:11.100000: lr: 0.00991 \n2021-05-01 10:05:11.200000: This epoch took 311.100000 s\n \n"
        "2021-05-01 10:05:12.000000: \nepoch:  1 \n2021-05-01 10:10:00.000000: train loss : -0.3500 \n"
        "2021-05-01 10:10:10.000000: validation loss: -0.4200 \n2021-05-01 10:10:11.000000: Average global foreground Dice: [0.7, 0.5] \n"
        "2021-05-01 10:10:11.100000: lr: 0.00982 \n2021-05-01 10:10:11.200000: This epoch took 310.100000 s\n",
        "nnunet",
        [1, 2],
        {"loss": [-0.15, -0.35], "val_loss": [-0.22, -0.42]},
    ),
}
SPEECH = {
    "ESPnet": ToolLog(
        "[gpu1] 2021-10-18 23:44:50,895 (trainer:250) INFO: 1epoch results: [train] iter_time=0.164, forward_time=0.952, loss_att=191.654, acc=0.102, loss=480.386, backward_time=0.973, optim_step_time=0.007, lr_0=2.080e-06, train_time=2.105, time=1 hour, 19 minutes and 43.19 seconds, total_count=49, [valid] loss_att=191.637, acc=0.103, cer=1.010, wer=1.000, loss=479.955, time=50.5 seconds, total_count=49, [att_plot] time=3.2 seconds, total_count=0\n"
        "[gpu1] 2021-10-19 23:44:50,895 (trainer:250) INFO: 2epoch results: [train] iter_time=0.164, forward_time=0.952, loss_att=91.654, acc=0.302, loss=280.386, backward_time=0.973, optim_step_time=0.007, lr_0=3.080e-06, train_time=2.105, time=1 hour, 19 minutes and 43.19 seconds, total_count=98, [valid] loss_att=91.637, acc=0.283, cer=0.710, wer=0.900, loss=279.955, time=50.5 seconds, total_count=98, [att_plot] time=3.2 seconds, total_count=0\n"
        "[gpu1] 2021-10-19 23:45:50,895 (trainer:286) INFO: The best model has been updated: valid.acc\n",
        "espnet",
        [1, 2],
        {"loss": [480.386, 280.386], "val_loss": [479.955, 279.955], "acc": [0.102, 0.302], "val_wer": [1.0, 0.9]},
        absent=("iter_time", "train_time", "total_count", "time"),
    ),
    "Coqui": ToolLog(
        " > EPOCH: 0/3\n --> output/run-1\n\n > TRAINING (2023-01-01 10:00:00) \n   --> STEP: 24/50 -- GLOBAL_STEP: 25\n     | > loss: 3.50000  (3.60000)\n"
        "     | > grad_norm: 1.10000  (1.20000)\n     | > current_lr: 0.00010 \n     | > step_time: 0.50000  (0.51000)\n"
        "   --> STEP: 49/50 -- GLOBAL_STEP: 50\n     | > loss: 3.10000  (3.30000)\n     | > grad_norm: 1.00000  (1.10000)\n     | > current_lr: 0.00010 \n"
        " > EVALUATION \n   --> STEP: 0\n     | > loss: 2.90000  (2.90000)\n  --> EVAL PERFORMANCE\n     | > avg_loader_time: 0.00200 (+0.00000)\n     | > avg_loss: 2.95000 (+0.00000)\n"
        " > EPOCH: 1/3\n --> output/run-1\n\n > TRAINING (2023-01-01 10:10:00) \n   --> STEP: 24/50 -- GLOBAL_STEP: 75\n     | > loss: 2.50000  (2.60000)\n"
        "     | > grad_norm: 1.10000  (1.20000)\n     | > current_lr: 0.00010 \n     | > step_time: 0.50000  (0.51000)\n"
        "   --> STEP: 49/50 -- GLOBAL_STEP: 100\n     | > loss: 2.10000  (2.30000)\n     | > grad_norm: 1.00000  (1.10000)\n     | > current_lr: 0.00010 \n"
        " > EVALUATION \n   --> STEP: 0\n     | > loss: 1.90000  (1.90000)\n  --> EVAL PERFORMANCE\n     | > avg_loader_time: 0.00200 (+0.00000)\n     | > avg_loss: 1.95000 (-1.00000)\n",
        "coqui",
        [1, 2],
        {"loss": [3.3, 2.3], "val_loss": [2.95, 1.95]},
        absent=("step_time", "avg_loader_time"),
    ),
}
REINFORCEMENT = {
    "Keras-RL": ToolLog(
        "Training for 3000 steps ...\n"
        "  500/3000: episode: 1, duration: 1.5s, episode steps: 500, steps per second: 333, episode reward: 21.000, mean reward: 0.042 [0.0, 1.0], loss: 0.512, mae: 0.61, mean_q: 0.11\n"
        " 1000/3000: episode: 2, duration: 1.5s, episode steps: 500, steps per second: 333, episode reward: 35.000, mean reward: 0.070 [0.0, 1.0], loss: 0.412, mae: 0.71, mean_q: 0.31\n"
        " 1500/3000: episode: 3, duration: 1.5s, episode steps: 500, steps per second: 333, episode reward: 41.000, mean reward: 0.082 [0.0, 1.0], loss: 0.402, mae: 0.81, mean_q: 0.51\n"
        "done, took 5.1 seconds\n",
        "keras-rl",
        [500, 1000, 1500],
        {"episode reward": [21.0, 35.0, 41.0], "loss": [0.512, 0.412, 0.402]},
        counts="step",
        absent=("duration", "steps per second", "episode steps"),
    ),
    "Spinning Up": ToolLog(
        "---------------------------------------\n|             Epoch |               0 |\n|      AverageEpRet |            -121 |\n|             EpLen |             200 |\n"
        "| TotalEnvInteracts |           4e+03 |\n|             LossV |            12.1 |\n|              Time |            10.1 |\n---------------------------------------\n"
        "---------------------------------------\n|             Epoch |               1 |\n|      AverageEpRet |            -101 |\n|             EpLen |             200 |\n"
        "| TotalEnvInteracts |           8e+03 |\n|             LossV |            11.1 |\n|              Time |            20.1 |\n---------------------------------------\n",
        None,
        [1, 2],
        {"AverageEpRet": [-121.0, -101.0]},
        absent=("Time",),
    ),
}
MORE = {
    "LightGBM's command line": ToolLog(
        "[LightGBM] [Info] Started training...\n[LightGBM] [Info] Iteration:1, valid_1 auc : 0.71191\n[LightGBM] [Info] Iteration:1, training's auc : 0.81\n"
        "[LightGBM] [Info] 3.704867 seconds elapsed, finished iteration 1\n[LightGBM] [Info] Iteration:2, valid_1 auc : 0.7277\n"
        "[LightGBM] [Info] Iteration:2, training's auc : 0.84\n[LightGBM] [Info] 7.309321 seconds elapsed, finished iteration 2\n",
        "lightgbm",
        [1, 2],
        {"auc": [0.81, 0.84], "val_auc": [0.71191, 0.7277]},
    ),
    "Trainer with one evaluation": ToolLog(
        "".join(
            f"{{'loss': {3 - n / 4}, 'learning_rate': 1e-05, 'epoch': {round(0.38 + n / 150, 2)}}}\n" for n in range(8)
        )
        + "{'eval_loss': 1.25, 'eval_runtime': 49.1, 'epoch': 0.43}\n",
        "transformers",
        [1, 2, 3, 4, 5, 6, 7, 8],
        {"loss": [3 - n / 4 for n in range(8)], "val_loss": [None] * 7 + [1.25]},
        counts="step",
    ),
    "spaCy's losses": ToolLog(
        "Iteration 0 Losses {'ner': 31.2}\nIteration 1 Losses {'ner': 21.2}\nIteration 2 Losses {'ner': 11.2}\n",
        "spacy",
        [0, 1, 2],
        {"loss": [31.2, 21.2, 11.2]},
        counts="step",
    ),
    "ms-swift": ToolLog(
        "{'loss': 1.9, 'token_acc': 0.6, 'grad_norm': 1.1, 'learning_rate': 1e-05, 'memory(GiB)': 15.2, 'train_speed(iter/s)': 0.11, 'epoch': 0.1, "
        "'global_step/max_steps': '5/20', 'percentage': '25.00%', 'elapsed_time': '1m 2s', 'remaining_time': '3m 2s'}\n"
        "{'loss': 1.7, 'token_acc': 0.62, 'grad_norm': 1.0, 'learning_rate': 1e-05, 'memory(GiB)': 15.2, 'train_speed(iter/s)': 0.11, 'epoch': 0.2, "
        "'global_step/max_steps': '10/20', 'percentage': '50.00%', 'elapsed_time': '2m 2s', 'remaining_time': '2m 2s'}\n"
        "{'eval_loss': 1.6, 'eval_token_acc': 0.63, 'eval_runtime': 3.1, 'epoch': 0.2, 'global_step/max_steps': '10/20', 'percentage': '50.00%'}\n"
        "{'loss': 1.5, 'token_acc': 0.66, 'grad_norm': 1.0, 'learning_rate': 1e-05, 'memory(GiB)': 15.2, 'train_speed(iter/s)': 0.11, 'epoch': 0.3, "
        "'global_step/max_steps': '15/20', 'percentage': '75.00%', 'elapsed_time': '3m 2s', 'remaining_time': '1m 2s'}\n",
        "transformers",
        [5, 10, 15],
        {"loss": [1.9, 1.7, 1.5], "val_loss": [None, 1.6, None], "token_acc": [0.6, 0.62, 0.66]},
        counts="step",
        absent=("memory(GiB)", "train_speed(iter/s)"),
    ),
    "old fairseq": ToolLog(
        "| epoch 004 | valid on 'valid' subset  1000 / 1311 loss=3.24\n| epoch 004 | valid on 'valid' subset | valid loss 3.69 | valid ppl 12.94\n"
        "| epoch 005  1000 / 8223 loss=2.17 (3.20), wps=959, wpb=897, bsz=32, lr=0.001, clip=100%, gnorm=2.7374\n"
        "| epoch 005 | train loss 2.92 | train ppl 7.59 | s/checkpoint    7748 | words/s    961 | bsz    32 | lr 0.001000 | clip 100% | gnorm 2.6727\n"
        "| epoch 005 | valid on 'valid' subset | valid loss 3.13 | valid ppl 8.78\n"
        "| epoch 006  1000 / 8223 loss=1.97 (2.58), wps=966, wpb=923, bsz=32, lr=0.001, clip=100%, gnorm=2.5053\n",
        "fairseq",
        [4, 5, 6],
        {"loss": [None, 2.92, 2.58], "val_loss": [3.69, 3.13, None], "val_ppl": [12.94, 8.78, None]},
        absent=("wps", "bsz"),
    ),
    "old OpenNMT": ToolLog(
        "poch  1,   100/400; acc:   3.99; ppl: 12792.57; xent:   9.46; 3438 src tok/s; 3517 tgt tok/s;   9823 s elapsed\n"
        "Epoch  1,   200/400; acc:   4.48; ppl: 5173.75; xent:   8.47; 3599 src tok/s; 3678 tgt tok/s;   9861 s elapsed\n"
        "Epoch  1,   300/400; acc:   5.50; ppl: 885.23; xent:   7.67; 3594 src tok/s; 3678 tgt tok/s;   9897 s elapsed\n",
        "opennmt",
        [100, 200, 300],
        {"xent": [9.46, 8.47, 7.67], "acc": [3.99, 4.48, 5.5]},
        counts="step",
    ),
    "Flair": ToolLog(
        "2022-12-13 02:49:10,236 epoch 1 - iter 175/350 - loss 0.79053315 - samples/sec: 71.36 - lr: 0.000011\n"
        "2022-12-13 02:50:00,236 epoch 1 - iter 350/350 - loss 0.69053315 - samples/sec: 71.36 - lr: 0.000011\n"
        "2022-12-13 02:50:00,640 EPOCH 1 done: loss 0.6905 - lr 0.000011\n2022-12-13 02:50:02,902 Evaluating as a multi-label problem: False\n"
        "2022-12-13 02:50:02,913 DEV : loss 0.47544710636138916 - f1-score (micro avg)  0.4586\n2022-12-13 02:50:03,291 BAD EPOCHS (no improvement): 0\n"
        "2022-12-13 02:51:00,640 EPOCH 2 done: loss 0.3905 - lr 0.000010\n"
        "2022-12-13 02:51:02,913 DEV : loss 0.37544710636138916 - f1-score (micro avg)  0.5586\n2022-12-13 02:51:03,291 BAD EPOCHS (no improvement): 0\n"
        "2022-12-13 02:51:13,236 epoch 3 - iter 175/350 - loss 0.29053315 - samples/sec: 71.36 - lr: 0.000010\n",
        "flair",
        [1, 2, 3],
        {
            "loss": [0.6905, 0.3905, 0.29053315],
            "val_loss": [0.47544710636138916, 0.37544710636138916, None],
            "val_f1-score (micro avg)": [0.4586, 0.5586, None],
        },
    ),
    "Darknet": ToolLog(
        " 98: 700.0, 710.1 avg loss, 0.000010 rate, 4.155775 seconds, 6272 images, 43.2 hours left\nLoaded: 0.000071 seconds\n"
        "v3 (mse loss, Normalizer: (iou: 0.75, obj: 1.00, cls: 1.00) Region 82 Avg (IOU: 0.336669), count: 65, class_loss = 12.0, iou_loss = 1.5, total_loss = 13.5\n"
        " 99: 650.0, 704.1 avg loss, 0.000010 rate, 4.155775 seconds, 6336 images, 43.1 hours left\n"
        " mean average precision (mAP@0.50) = 0.234567, or 23.46 % \n 100: 600.0, 693.7 avg loss, 0.000011 rate, 4.1 seconds, 6400 images, 43.0 hours left\n",
        "darknet",
        [98, 99, 100],
        {"avg loss": [710.1, 704.1, 693.7], "val_mAP@0.50": [None, 0.234567, None]},
        counts="step",
        absent=("total_loss", "rate", "count"),
    ),
    "LitGPT": ToolLog(
        "Epoch 1 | iter 1 step 0 | loss train: 1.657, val: n/a | iter time: 298.27 ms\nEpoch 1 | iter 2 step 0 | loss train: 1.506, val: n/a | iter time: 174.64 ms\n"
        "Epoch 1 | iter 3 step 1 | loss train: 1.410, val: n/a | iter time: 106.92 ms (step)\niter 3: val loss 1.4234, val time: 1234.1 ms\n"
        "Epoch 1 | iter 4 step 1 | loss train: 1.385, val: 1.423 | iter time: 181.34 ms\n",
        "litgpt",
        [1, 2, 3, 4],
        {"loss": [1.657, 1.506, 1.41, 1.385], "val_loss": [None, None, 1.4234, None]},
        counts="step",
    ),
    "AllenNLP": ToolLog(
        "2018-07-13 15:40:03,244 - INFO - allennlp.training.trainer - Epoch 0/1\n"
        "2018-07-13 15:50:03,244 - INFO - allennlp.training.trainer -                        Training |  Validation\n"
        "2018-07-13 15:50:03,245 - INFO - allennlp.training.trainer - f1-measure-overall |     0.100  |     0.090\n"
        "2018-07-13 15:50:03,245 - INFO - allennlp.training.trainer - loss               |    19.060  |    17.070\n"
        "2018-07-13 15:50:03,246 - INFO - allennlp.training.trainer - gpu_0_memory_MB    |   911.000  |       N/A\n"
        "2018-07-13 15:51:03,244 - INFO - allennlp.training.trainer - Epoch 1/1\n"
        "2018-07-13 15:52:03,244 - INFO - allennlp.training.trainer -                        Training |  Validation\n"
        "2018-07-13 15:52:03,245 - INFO - allennlp.training.trainer - f1-measure-overall |     0.300  |     0.280\n"
        "2018-07-13 15:52:03,245 - INFO - allennlp.training.trainer - loss               |     9.060  |     8.070\n",
        "allennlp",
        [1, 2],
        {"loss": [19.06, 9.06], "val_loss": [17.07, 8.07], "val_f1-measure-overall": [0.09, 0.28]},
        absent=("gpu_0_memory_MB",),
    ),
}
OTHERS = {
    "Coqui without epochs": ToolLog(
        " > TRAINING (2024-08-21 08:24:41)\n"
        "\n"
        "   --> TIME: 2024-08-21 08:24:45 -- STEP: 0/12 -- GLOBAL_STEP: 0\n"
        "     | > loss: 4.09000  (4.09000)\n"
        "     | > step_time: 1.10 (1.10)\n"
        "\n"
        "   --> TIME: 2024-08-21 08:25:45 -- STEP: 11/12 -- GLOBAL_STEP: 11\n"
        "     | > loss: 3.09000  (3.11000)\n"
        "\n"
        " > EVALUATION \n"
        "\n"
        "  --> EVAL PERFORMANCE\n"
        "     | > avg_loader_time: 0.002 (+0.000)\n"
        "     | > avg_loss: 3.29887 (-0.10000)\n",
        "coqui",
        [0, 11],
        {"loss": [4.09, 3.11], "val_loss": [None, 3.29887]},
        counts="step",
        absent=("value", "step_time"),
    ),
    "Marian": ToolLog(
        "[2021-07-17 20:11:31] Ep. 1 : Up. 80000 : Sen. 5,529,093 : Cost 2.99048038 : Time 817.42s : 2193.04 words/s\n"
        "[2021-07-17 20:59:21] [valid] Ep. 1 : Up. 80000 : cross-entropy : 67.9483 : new best\n"
        "[2021-07-17 20:59:45] [valid] Ep. 1 : Up. 80000 : perplexity : 15.1079 : new best\n"
        "[2021-07-17 21:11:31] Ep. 1 : Up. 82000 : Sen. 5,797,526 : Cost 2.79048038 * 1,234,567 @ 3,210 after 5,529,093 : Time 817.42s : 2193.04 words/s : gNorm 0.5 : L.r. 3.0000e-04\n"
        "[2021-07-17 21:20:49] Ep. 1 : Up. 84000 : Sen. 6,016,044 : Cost 2.56940508 : Time 557.78s : 3182.58 words/s\n",
        "marian",
        [80000, 82000, 84000],
        {"Cost": [2.99048038, 2.79048038, 2.56940508], "val_perplexity": [15.1079, None, None]},
        counts="step",
        absent=("Time", "Sen."),
    ),
    "RecBole": ToolLog(
        "Sat 23 Apr 2022 00:34:44 INFO  epoch 0 training [time: 20.55s, train loss: 28.3127]\n"
        "Sat 23 Apr 2022 00:34:45 INFO  epoch 0 evaluating [time: 1.02s, valid_score: 0.360800]\n"
        "Sat 23 Apr 2022 00:34:45 INFO  valid result: \nrecall@10 : 0.1689    mrr@10 : 0.3608    ndcg@10 : 0.2024    \n"
        "Sat 23 Apr 2022 00:35:06 INFO  epoch 1 training [time: 20.62s, train loss: 27.2018]\n"
        "Sat 23 Apr 2022 00:35:07 INFO  epoch 1 evaluating [time: 1.02s, valid_score: 0.362000]\n"
        "Sat 23 Apr 2022 00:35:07 INFO  valid result: \nrecall@10 : 0.1699    mrr@10 : 0.3620    ndcg@10 : 0.2026    \n",
        "recbole",
        [1, 2],
        {"loss": [28.3127, 27.2018], "val_score": [0.3608, 0.362], "val_ndcg@10": [0.2024, 0.2026]},
        absent=("time", "ndcg@10"),
    ),
    "SpeechBrain": ToolLog(
        "speechbrain.utils.epoch_loop - Going into epoch 1\n100%|██████████| 190/190 [03:08<00:00,  1.01it/s, train_loss=0.945]\n"
        "speechbrain.utils.train_logger - epoch: 1, lr: 1.00e+00 - train loss: 9.45e-01 - valid loss: 1.23, valid CER: 35.42, valid WER: 39.14\n"
        "speechbrain.utils.epoch_loop - Going into epoch 2\n100%|██████████| 190/190 [03:02<00:00,  1.04it/s, train_loss=0.726]\n"
        "speechbrain.utils.train_logger - epoch: 2, lr: 1.00e+00 - train loss: 7.26e-01 - valid loss: 1.13, valid CER: 33.42, valid WER: 36.14\n"
        "speechbrain.utils.train_logger - Epoch loaded: 2 - test loss: 1.19, test CER: 34.02, test WER: 37.24\n",
        "speechbrain",
        [1, 2],
        {"loss": [0.945, 0.726], "val_loss": [1.23, 1.13], "val_WER": [39.14, 36.14]},
        results={"loss": 1.19, "CER": 34.02, "WER": 37.24},
    ),
    "TensorFlow estimators": ToolLog(
        "INFO:tensorflow:Create CheckpointSaverHook.\n"
        "INFO:tensorflow:loss = 2.3012, step = 1\n"
        "INFO:tensorflow:global_step/sec: 81.2\n"
        "INFO:tensorflow:loss = 1.3012, step = 101 (1.232 sec)\n"
        "INFO:tensorflow:loss = 0.9012, step = 201 (1.132 sec)\n"
        "INFO:tensorflow:Saving checkpoints for 201 into /tmp/model.ckpt.\n"
        "INFO:tensorflow:Saving dict for global step 201: accuracy = 0.71, global_step = 201, loss = 0.81\n"
        "INFO:tensorflow:loss = 0.7012, step = 301 (1.132 sec)\n"
        "INFO:tensorflow:Saving dict for global step 301: accuracy = 0.79, global_step = 301, loss = 0.71\n"
        "INFO:tensorflow:Loss for final step: 0.65.\n",
        "tensorflow",
        [1, 101, 201, 301],
        {
            "loss": [2.3012, 1.3012, 0.9012, 0.7012],
            "val_loss": [None, None, 0.81, 0.71],
            "val_accuracy": [None, None, 0.71, 0.79],
        },
        counts="step",
        absent=("global_step",),
    ),
    "TensorFlow object detection": ToolLog(
        "INFO:tensorflow:Step 100 per-step time 0.312s\n"
        "I0914 10:00:00.123456 140000000000 model_lib_v2.py:698] Step 100 per-step time 0.312s\n"
        "INFO:tensorflow:{'Loss/classification_loss': 0.51,\n"
        " 'Loss/localization_loss': 0.41,\n"
        " 'Loss/total_loss': 1.12,\n"
        " 'learning_rate': 0.04}\n"
        "INFO:tensorflow:Step 200 per-step time 0.302s\n"
        "INFO:tensorflow:{'Loss/classification_loss': 0.41,\n"
        " 'Loss/localization_loss': 0.31,\n"
        " 'Loss/total_loss': 0.92,\n"
        " 'learning_rate': 0.04}\n",
        "tensorflow",
        [100, 200],
        {"Loss/total_loss": [1.12, 0.92], "learning_rate": [0.04, 0.04]},
        counts="step",
        absent=("per-step time",),
    ),
    "MATLAB": ToolLog(
        "Training on single GPU.\n"
        "Initializing input data normalization.\n"
        "|======================================================================================================================|\n"
        "|  Epoch  |  Iteration  |  Time Elapsed  |  Mini-batch  |  Validation  |  Mini-batch  |  Validation  |  Base Learning  |\n"
        "|         |             |   (hh:mm:ss)   |   Accuracy   |   Accuracy   |     Loss     |     Loss     |      Rate       |\n"
        "|======================================================================================================================|\n"
        "|       1 |           1 |       00:00:01 |       10.16% |       11.00% |       2.3026 |       2.3011 |          0.0100 |\n"
        "|       1 |          50 |       00:00:05 |       45.31% |              |       1.5012 |              |          0.0100 |\n"
        "|       2 |         100 |       00:00:09 |       65.31% |       61.20% |       1.0012 |       1.1011 |          0.0100 |\n"
        "|======================================================================================================================|\n"
        "Training finished: Max epochs completed.\n",
        "matlab",
        [1, 50, 100],
        {
            "loss": [2.3026, 1.5012, 1.0012],
            "val_loss": [2.3011, None, 1.1011],
            "Accuracy": [10.16, 45.31, 65.31],
            "val_Accuracy": [11.0, None, 61.2],
        },
        counts="step",
        absent=("Time Elapsed (hh:mm:ss)",),
    ),
    "MATLAB with one line of names": ToolLog(
        "    Iteration    Epoch    TimeElapsed    LearnRate    TrainingLoss    ValidationLoss\n"
        "    _________    _____    ___________    _________    ____________    ______________\n"
        "            0        0       00:00:04        0.001                            2.3011\n"
        "            1        1       00:00:04        0.001          2.3026                  \n"
        "           50        1       00:00:09        0.001          1.5026            1.4011\n"
        "          100        2       00:00:14        0.001          1.0026            1.0011\n"
        "Training stopped: Max epochs completed\n",
        "matlab",
        [0, 1, 50, 100],
        {"loss": [None, 2.3026, 1.5026, 1.0026], "val_loss": [2.3011, None, 1.4011, 1.0011]},
        counts="step",
        absent=("TimeElapsed",),
    ),
    "gbm of R": ToolLog(
        "Iter   TrainDeviance   ValidDeviance   StepSize   Improve\n"
        "     1        1.3108             nan     0.1000    0.0332\n"
        "     2        1.2608             nan     0.1000    0.0232\n"
        "     3        1.2108             nan     0.1000    0.0202\n"
        "    20        0.9108             nan     0.1000    0.0032\n",
        "gbm",
        [1, 2, 3, 20],
        {"deviance": [1.3108, 1.2608, 1.2108, 0.9108]},
        counts="epoch",
        absent=("val_deviance", "StepSize"),
    ),
    "Swin": ToolLog(
        "[2021-05-01 10:00:00 swin_tiny] (main.py 200): INFO Train: [0/300][0/1251]\teta 10:00:00 lr 0.000001\ttime 2.5012 (2.5012)\tloss 6.9512 (6.9512)\tgrad_norm 1.5012 (1.5012)\tmem 10000MB\n"
        "[2021-05-01 10:10:00 swin_tiny] (main.py 200): INFO Train: [0/300][1250/1251]\teta 09:00:00 lr 0.000051\ttime 0.5012 (0.6012)\tloss 6.7512 (6.8512)\tgrad_norm 1.7012 (1.6012)\tmem 10000MB\n"
        "[2021-05-01 10:10:30 swin_tiny] (main.py 250): INFO Test: [0/98]\tTime 2.100 (2.100)\tLoss 6.1000 (6.1000)\tAcc@1 3.100 (3.100)\tAcc@5 10.100 (10.100)\tMem 10000MB\n"
        "[2021-05-01 10:10:40 swin_tiny] (main.py 250): INFO Test: [90/98]\tTime 0.100 (0.200)\tLoss 6.0000 (6.0500)\tAcc@1 4.100 (3.600)\tAcc@5 11.100 (10.600)\tMem 10000MB\n"
        "[2021-05-01 10:10:41 swin_tiny] (main.py 260): INFO  * Acc@1 3.610 Acc@5 10.620\n"
        "[2021-05-01 10:10:41 swin_tiny] (main.py 150): INFO Accuracy of the network on the 50000 test images: 3.6%\n"
        "[2021-05-01 10:20:00 swin_tiny] (main.py 200): INFO Train: [1/300][1250/1251]\teta 08:00:00 lr 0.000101\ttime 0.5012 (0.6012)\tloss 6.1512 (6.3512)\tgrad_norm 1.9012 (1.8012)\tmem 10000MB\n"
        "[2021-05-01 10:20:41 swin_tiny] (main.py 260): INFO  * Acc@1 9.610 Acc@5 20.620\n",
        None,
        [1, 2],
        {"loss": [6.8512, 6.3512], "val_loss": [6.05, None], "val_Acc@1": [3.61, 9.61]},
        counts="epoch",
        absent=("time", "mem"),
    ),
    "DETR": ToolLog(
        "Start training\n"
        "Epoch: [0]  [   0/5000]  eta: 1 day, 2:03:04  lr: 0.000100  class_error: 98.25  loss: 45.1234 (45.1234)  loss_ce: 5.1 (5.1)  loss_bbox: 4.1 (4.1)  time: 2.5  data: 0.5  max mem: 3011\n"
        "Epoch: [0]  [4990/5000]  eta: 0:00:04  lr: 0.000100  class_error: 80.25  loss: 20.1234 (25.1234)  loss_ce: 2.1 (3.1)  loss_bbox: 2.1 (2.5)  time: 0.5  data: 0.1  max mem: 3011\n"
        "Averaged stats: lr: 0.000100  class_error: 80.25  loss: 20.1234 (25.1234)  loss_ce: 2.1 (3.1)\n"
        "Test:  [  0/625]  eta: 0:10:04    class_error: 70.1  loss: 18.1 (18.1)  loss_ce: 2.0 (2.0)  time: 0.9  data: 0.6  max mem: 3011\n"
        "Test:  [624/625]  eta: 0:00:01    class_error: 71.1  loss: 19.1 (18.5)  loss_ce: 2.1 (2.05)  time: 0.3  data: 0.1  max mem: 3011\n"
        "IoU metric: bbox\n"
        " Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.051\n"
        " Average Precision  (AP) @[ IoU=0.50      | area=   all | maxDets=100 ] = 0.121\n"
        " Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets=  1 ] = 0.101\n"
        "Epoch: [1]  [   0/5000]  eta: 1:03:04  lr: 0.000100  class_error: 78.25  loss: 19.1234 (19.1234)  loss_ce: 2.1 (2.1)  loss_bbox: 2.1 (2.1)  time: 2.5  data: 0.5  max mem: 3011\n"
        "Epoch: [1]  [4990/5000]  eta: 0:00:04  lr: 0.000100  class_error: 60.25  loss: 15.1234 (16.1234)  loss_ce: 1.1 (1.5)  loss_bbox: 1.1 (1.5)  time: 0.5  data: 0.1  max mem: 3011\n"
        "Test:  [624/625]  eta: 0:00:01    class_error: 61.1  loss: 14.1 (14.5)  loss_ce: 1.1 (1.05)  time: 0.3  data: 0.1  max mem: 3011\n"
        " Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.151\n"
        " Average Precision  (AP) @[ IoU=0.50      | area=   all | maxDets=100 ] = 0.221\n",
        None,
        [1, 2],
        {"loss": [25.1234, 16.1234], "val_loss": [18.5, 14.5], "val_AP": [0.051, 0.151], "val_AP50": [0.121, 0.221]},
        counts="epoch",
        absent=("time", "data", "eta"),
    ),
    "TabNet": ToolLog(
        "epoch 0  | loss: 0.69112 | val_0_auc: 0.51112 |  0:00:01s\n"
        "epoch 1  | loss: 0.61112 | val_0_auc: 0.61112 |  0:00:02s\n"
        "epoch 2  | loss: 0.55112 | val_0_auc: 0.65112 |  0:00:03s\n"
        "\n"
        "Early stopping occurred at epoch 2 with best_epoch = 1 and best_val_0_auc = 0.61112\n",
        "tabnet",
        [1, 2, 3],
        {"loss": [0.69112, 0.61112, 0.55112], "val_auc": [0.51112, 0.61112, 0.65112]},
        counts="epoch",
        absent=("val_0_auc",),
        restored=2,
        status="stopped-early",
    ),
    "torchtune": ToolLog(
        "1|1|Loss: 1.934:   0%|          | 1/400 [00:02<10:00,  1.5s/it]\n"
        "1|2|Loss: 1.834:   1%|          | 2/400 [00:03<10:00,  1.5s/it]\n"
        "1|3|Loss: 1.734:   1%|          | 3/400 [00:05<10:00,  1.5s/it]\n",
        "torchtune",
        [1, 2, 3],
        {"loss": [1.934, 1.834, 1.734]},
        counts="step",
        absent=(),
    ),
    "Gaussian splatting": ToolLog(
        "Training progress:   2%|#9      | 2000/30000 [01:42<21:14, 25.83it/s, Loss=0.1241454]\n"
        "[ITER 2000] Evaluating test: L1 0.0454 PSNR 18.86 [01/12 00:20:04]\n\n"
        "[ITER 2000] Evaluating train: L1 0.0402 PSNR 19.50 [01/12 00:20:06]\n"
        "Training progress:  23%|##9     | 7000/30000 [05:42<19:14, 25.83it/s, Loss=0.0741454]\n"
        "[ITER 7000] Evaluating test: L1 0.0254 PSNR 23.87 [01/12 00:25:04]\n\n"
        "[ITER 7000] Evaluating train: L1 0.0202 PSNR 25.10 [01/12 00:25:06]\n",
        None,
        [2000, 7000],
        {"loss": [0.1241454, 0.0741454], "PSNR": [19.5, 25.1], "val_PSNR": [18.86, 23.87], "val_L1": [0.0454, 0.0254]},
        counts="step",
    ),
    "Tesseract 4": ToolLog(
        "At iteration 212/300/302, Mean rms=4.212%, delta=31.1%, char train=91.21%, word train=99.1%, skip ratio=0.5%,  "
        "New worst char error = 91.21At iteration 180, stage 0, Eval Char error rate=90.11, Word error rate=98.7 wrote "
        "checkpoint.\n"
        "At iteration 290/400/402, Mean rms=4.102%, delta=30.2%, char train=84.15%, word train=97.2%, skip ratio=0.5%,  "
        "New best char error = 84.15 wrote checkpoint.\n"
        "At iteration 371/500/503, Mean rms=3.871%, delta=28.4%, char train=71.02%, word train=95.4%, skip ratio=0.4%,  "
        "wrote checkpoint.\n",
        None,
        [300, 400, 500],
        {"CER": [91.21, 84.15, 71.02], "WER": [99.1, 97.2, 95.4], "val_CER": [90.11, None, None]},
        counts="step",
        absent=("delta", "train"),
    ),
    "Tesseract 5": ToolLog(
        "At iteration 500/500/501, mean rms=3.201%, delta=12.1%, BCER train=41.211%, BWER train=81.200%, skip "
        "ratio=0.000%, New best BCER = 41.211 wrote checkpoint.\n"
        "2 Percent improvement time=300, best error was 43.300 @ 200\n"
        "At iteration 600/600/601, mean rms=3.104%, delta=11.9%, BCER train=38.114%, BWER train=79.120%, skip "
        "ratio=0.000%, New best BCER = 38.114 wrote checkpoint.\n",
        None,
        [500, 600],
        {"CER": [41.211, 38.114], "WER": [81.2, 79.12]},
        counts="step",
    ),
    "YOLACT": ToolLog(
        "[  0]      20 || B: 4.312 | C: 8.214 | M: 5.107 | S: 1.812 | T: 19.445 || ETA: 3 days, 2:11:09 || timer: 0.412\n"
        "[  0]      30 || B: 4.207 | C: 6.911 | M: 5.012 | S: 1.702 | T: 17.832 || ETA: 3 days, 1:40:33 || timer: 0.401\n"
        "[  0]      40 || B: 4.199 | C: inf | M: 4.803 | S: 1.644 | T: inf || ETA: 3 days, 1:40:33 || timer: 0.401\n",
        None,
        [20, 30, 40],
        {"loss": [19.445, 17.832, float("inf")], "box_loss": [4.312, 4.207, 4.199]},
        counts="step",
        absent=("timer",),
    ),
    "YOLOv6": ToolLog(
        "     Epoch  iou_loss  dfl_loss  cls_loss\n"
        "      8/99     1.204    0.8120     1.415: 100%|##########| 52/52 [00:16<00:00,\n\n"
        "     Epoch  iou_loss  dfl_loss  cls_loss\n"
        "      9/99     1.101    0.7741     1.312: 100%|##########| 52/52 [00:15<00:00,\n"
        "Evaluating mAP by pycocotools.\n"
        "Epoch: 9 | mAP@0.5: 0.3127 | mAP@0.50:0.95: 0.1742\n",
        None,
        [8, 9],
        {"iou_loss": [1.204, 1.101], "val_mAP@0.5": [None, 0.3127], "val_mAP@0.50:0.95": [None, 0.1742]},
    ),
    "JSON of Detectron": ToolLog(
        'json_stats: {"accuracy_cls": "0.912311", "eta": "5:10:11", "iter": 20, "loss": "1.512311", "loss_bbox": "0.101", "lr": "0.000801", "mb_qsize": 64, "mem": 4011, "time": "0.512"}\n'
        'json_stats: {"accuracy_cls": "0.922311", "eta": "5:09:11", "iter": 40, "loss": "1.212311", "loss_bbox": "0.121", "lr": "0.001001", "mb_qsize": 64, "mem": 4011, "time": "0.502"}\n'
        'json_stats: {"accuracy_cls": "0.932311", "eta": "5:08:11", "iter": 60, "loss": "0.912311", "loss_bbox": "0.131", "lr": "0.001201", "mb_qsize": 64, "mem": 4011, "time": "0.502"}\n',
        None,
        [20, 40, 60],
        {"loss": [1.512311, 1.212311, 0.912311]},
        counts="step",
        absent=("mem", "mb_qsize", "time"),
    ),
}
LOGS = {
    **BOOSTERS,
    **SCIKIT_LEARN,
    **LANGUAGE_MODELS,
    **TRAINERS,
    **TABLES,
    **VISION,
    **SPEECH,
    **REINFORCEMENT,
    **MORE,
    **OTHERS,
}
