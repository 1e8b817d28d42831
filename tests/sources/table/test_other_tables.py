"""Tables that are not training logs are refused with the reason; logs without an epoch column are read."""

import pytest
from logs import read_log

from reportgen.errors import SourceError

OTHERS = {
    "iris": (
        "sepal_length,sepal_width,species\n5.1,3.5,setosa\n4.9,3.0,setosa\n7.0,3.2,versicolor\n",
        "is clearly a training metric",
    ),
    "passengers": ("PassengerId,Survived,Name,Age\n1,0,Ann,22\n2,1,Bob,38\n3,1,Cyd,26\n", 'in column "Name"'),
    "houses": (
        "longitude,house_age,median_house_value\n-122.2,880,4526\n-122.1,70,3585\n-122.2,14,35\n",
        "is clearly a training metric",
    ),
    "submission": ("id,label\n1,0\n2,1\n3,0\n", "is clearly a training metric"),
    "predictions": ("y_true,y_pred\n1,1\n0,1\n1,0\n", "is clearly a training metric"),
    "confusion matrix": (",0,1,2\n0,50,3,2\n1,2,44,5\n2,1,3,60\n", "named by numbers"),
    "named confusion matrix": (",cat,dog\ncat,50,3\ndog,2,44\n", "is clearly a training metric"),
    "classification report": (",precision,recall\ncat,.9,.8\ndog,.8,.9\nmacro avg,.85,.85\n", '"index" ("cat", "dog")'),
    "benchmark": (
        "model,params,fps,mAP\nnet-s,7.2,140,37.4\nnet-m,21.2,100,45.4\n",
        'per run, named in column "model"',
    ),
    "search": ("lr,batch_size,val_loss\n0.1,32,0.5\n0.1,64,0.45\n0.01,32,0.4\n", 'settings such as "batch_size"'),
    "trials": ("number,value,params_lr,state\n0,0.5,0.1,DONE\n1,0.6,0.2,DONE\n", "one row per trial"),
    "cross-validation": ("mean_fit_time,param_C,mean_test_score\n0.1,1,0.9\n0.1,10,0.91\n", "one row per trial"),
    "folds": ("fold,accuracy,loss\n1,0.8,0.5\n2,0.82,0.48\n3,0.79,0.52\n", "one row per fold"),
    "runs": (
        "run_name,lr,final_val_loss\nbase,0.001,1.4\nwide,0.001,1.5\ndeep,0.001,1.6\n",
        'column "run_name" ("base"',
    ),
    "runs with epochs": ("model,epochs,loss\na,10,0.3\nb,20,0.29\nc,50,0.3\n", "one row per run"),
    "best epochs": ("model,epoch,val_acc\na,12,0.8\nb,7,0.7\nc,31,0.9\nd,9,0.9\n", "one row per run"),
    "sensors": (
        "timestamp,temperature\n2026-01-01 00:00:00,20.1\n2026-01-01 01:00:00,20.0\n",
        "is clearly a training metric",
    ),
    "sensors with Unix time": ("epoch,temperature\n1700000000,20.1\n1700000060,20.0\n", "contains times"),
    "shares": ("Date,Open,Close\n2026-01-02,1,2\n2026-01-03,1.5,2.5\n", "is clearly a training metric"),
    "devices by day": ("device,2026-01-01,2026-01-02\na,1,2\nb,3,4\nc,3,4\n", 'in column "device"'),
    "leaderboard": ("rank,team,score\n1,alpha,0.99\n2,beta,0.98\n3,gamma,0.97\n", 'in column "team"'),
    "metrics as rows": ("metric,value\naccuracy,0.9\nloss,0.3\nf1,0.88\n", 'column "metric"'),
    "final values": ("accuracy,precision,f1\n0.9,0.8,0.82\n", "a single row of final values"),
    "ROC curve": ("fpr,tpr,threshold\n0,0,1.9\n0.1,0.5,0.9\n0.2,0.9,0.5\n", 'a curve over "tpr"'),
}
LOGS = {
    "losses": "loss,val_loss\n0.5,0.6\n0.4,0.5\n",
    "an unnamed index": ",loss,val_loss\n0,0.5,0.6\n1,0.4,0.5\n",
    "one column": "loss\n0.5\n0.4\n",
    "unknown names with an epoch": "epoch,d_fake,d_real\n1,0.4,0.5\n2,0.4,0.6\n",
    "a time beside the epoch": "timestamp,epoch,loss\n2026-01-01 10:00,1,0.5\n2026-01-01 10:01,2,0.4\n",
    "a time instead of an epoch": "time,train_loss,val_loss\n2026-01-01 10:00,0.5,0.6\n2026-01-01 10:01,0.4,0.5\n",
    "rewards": "reward\n1\n2\n5\n",
    "metrics without a loss": "precision,recall,f1\n0.5,0.4,0.44\n0.6,0.5,0.55\n",
    "a learning rate that falls": "loss,accuracy,lr\n0.5,0.6,0.001\n0.4,0.65,0.001\n0.3,0.67,0.0001\n",
    "settings beside the epoch": "epoch,batch_size,loss,model\n1,32,0.5,net\n2,32,0.4,net\n3,64,0.4,net\n",
    "numbers of trees": "duration,number_of_trees,training_rmse\n0.1 sec,0,0.5\n0.2 sec,5,0.4\n",
}


@pytest.mark.parametrize(("text", "reason"), OTHERS.values(), ids=OTHERS)
def test_tables_that_are_not_training_logs_are_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(SourceError, match="this does not look like a training log: ") as caught:
        read_log(text, "table.csv")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", LOGS.values(), ids=LOGS)
def test_logs_are_read_whether_or_not_they_have_an_epoch_column(text: str) -> None:
    assert len(read_log(text, "table.csv").epochs) == text.count("\n") - 1


def test_a_table_is_read_if_the_user_says_that_it_is_a_log() -> None:
    text = OTHERS["folds"][0]
    assert read_log(text, "table.csv", format="table").keys
    assert read_log(text, "table.csv", columns={"fold": "epoch"}).epochs.tolist() == [1, 2, 3]
