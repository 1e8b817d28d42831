"""Tables that tools write without a format of their own."""

from logs import read_log, sentences


def test_losses_of_flair_are_read_without_its_placeholders() -> None:
    header = "EPOCH\tTIMESTAMP\tBAD_EPOCHS\tLEARNING_RATE\tTRAIN_LOSS\tTRAIN_F1\tDEV_LOSS\tDEV_F1\n"
    rows = "".join(f"{n}\t10:31:0{n}\t0\t0.1000\t{1 / n}\t_\t{1.5 / n}\t0.5\n" for n in (1, 2))
    history = read_log(header + rows, "loss.tsv")
    assert history.run.tool == "flair"
    assert history.series("loss", "train").to_dict() == {1: 1.0, 2: 0.5}
    assert history.series("loss", "validation").to_dict() == {1: 1.5, 2: 0.75}
    assert not history.has("F1", "train")


def test_the_scoring_history_of_h2o_counts_trees() -> None:
    header = '"","timestamp","duration","number_of_trees","training_rmse","validation_rmse"\n'
    rows = '"0","2026-01-01 10:00:00"," 0.011 sec",0.0,0.5,0.75\n"1","2026-01-01 10:00:01"," 0.2 sec",5.0,0.25,0.5\n'
    history = read_log(header + rows, "scoring_history.csv")
    assert (history.axis, history.epochs.tolist(), history.run.tool) == ("step", [0, 5], "h2o")
    assert history.series("rmse", "validation").tolist() == [0.75, 0.5]


def test_means_over_folds_have_the_name_of_their_metric() -> None:
    history = read_log(
        ",train-rmse-mean,train-rmse-std,test-rmse-mean,test-rmse-std\n0,1.5,.1,1.75,.2\n1,1,.1,1.5,.2\n"
    )
    assert history.keys == ("rmse", "val_rmse")
    assert "means over the folds" in " ".join(sentences(history.run.notes))


def test_scores_of_chainerrl_are_counted_in_steps() -> None:
    header = "steps\tepisodes\telapsed\tmean\tmedian\tstdev\tmax\tmin\taverage_q\taverage_loss\n"
    history = read_log(
        header + "50099\t61\t9.5\t10.5\t10\t1\t12\t8\t.5\t.02\n100100\t99\t19.5\t12\t10\t1\t12\t8\t.5\t.02\n"
    )
    assert (history.axis, history.epochs.tolist()) == ("step", [50099, 100100])
    assert history.series("mean_reward", "train").tolist() == [10.5, 12.0]


def test_rows_without_a_header_are_refused_even_if_they_have_text() -> None:
    import pytest

    from reportgen.errors import SourceError

    with pytest.raises(SourceError, match=r'the first line "17,0,right,.*" has numbers, not names'):
        read_log("17,0,right,79.2\n17,1,noop,80.2\n", "training_log.csv")
