"""The facts that are read from a model and its training, with objects as Keras, TensorFlow and PyTorch have them."""

from types import SimpleNamespace
from typing import Any

import pytest

from reportgen.model_facts import read_model, read_training


class Stage:
    """A step of a data set of TensorFlow."""

    def __init__(self, n_rows: int, before: "Stage | None" = None, batch_size: int | None = None) -> None:
        self.n_rows = n_rows
        if before is not None:
            self._input_dataset = before
        if batch_size is not None:
            self._batch_size = batch_size

    def cardinality(self) -> int:
        return self.n_rows


ROWS = Stage(200, Stage(200))
BATCHES = Stage(13, ROWS, 16)


class Loader:
    """A loader of PyTorch."""

    def __init__(self, rows: Any) -> None:
        self.dataset, self.batch_size = rows, 4


@pytest.mark.parametrize(
    ("data", "rows", "batch_size"),
    [
        (Stage(13, BATCHES), "200", "16"),  # prefetched
        (BATCHES, "200", "16"),
        (Stage(5, BATCHES), None, "16"),  # only some of the batches
        (Stage(-1, BATCHES), None, "16"),  # repeated for ever
        (Stage(-2, Stage(-2, Stage(-2)), 16), None, "16"),  # of unknown length
        (ROWS, None, None),  # without batches
        (Loader([1] * 10), "10", "4"),
        (Loader(iter([1])), None, None),
        (SimpleNamespace(shape=(7, 3)), "7", None),
        ({"a": SimpleNamespace(shape=(7, 3))}, "7", None),
        (iter([1]), None, None),
        (None, None, None),
    ],
)
def test_rows_and_size_of_batches_are_known_as_far_as_the_data_say_so(
    data: Any, rows: str | None, batch_size: str | None
) -> None:
    found = read_training(SimpleNamespace(), {"x": data, "validation_data": data}, [])
    assert (found.get("train_rows"), found.get("validation_rows"), found.get("batch_size")) == (rows, rows, batch_size)
    pair = read_training(SimpleNamespace(), {"validation_data": (data, data), "batch_size": 3}, [])
    assert (pair.get("validation_rows"), pair.get("batch_size")) == (rows, "3")


class Adam:
    """An optimizer."""

    learning_rate = 0.25

    def get_config(self) -> dict[str, Any]:
        return {"name": "adam", "learning_rate": 0.25, "beta_1": 0.5, "amsgrad": False, "ema": None}


def test_the_optimizer_of_mixed_precision_is_the_one_inside() -> None:
    scaling = SimpleNamespace(inner_optimizer=Adam(), learning_rate=0.0, get_config=dict)
    model = SimpleNamespace(optimizer=scaling)
    facts = read_model(model)
    assert (facts["optimizer"], facts["optimizer_settings"]) == ("Adam", (("beta_1", "0.5"),))
    assert read_training(model, {}, [])["learning_rate"] == "0.25"


class Focal:
    """A loss, which says only some of its settings."""

    _fn_kwargs = {"gamma": 3.0}  # noqa: RUF012

    def __init__(self, gamma: float = 2.0, smoothing: float = 0.0, *, logits: bool = False, name: str = "x") -> None:
        self.config = {"smoothing": smoothing, "logits": logits, "name": name, "reduction": "sum"}

    def get_config(self) -> dict[str, Any]:
        return self.config


@pytest.mark.parametrize(
    ("loss", "settings"),
    [
        (Focal(logits=True, name="y"), {"loss.gamma": "3", "loss.logits": "True"}),
        ({"a": Focal(), "b": "mse"}, {"loss.a.gamma": "3"}),
        (["mse", Focal(smoothing=0.5)], {"loss.2.gamma": "3", "loss.2.smoothing": "0.5"}),
        ("mse", {}),
        (None, {}),
        (max, {}),
    ],
)
def test_settings_of_losses_are_those_that_differ_from_their_defaults(loss: Any, settings: dict[str, str]) -> None:
    assert read_training(SimpleNamespace(loss=loss), {}, []) == settings
    weighted = SimpleNamespace(loss=loss, _compile_loss=SimpleNamespace(_user_loss_weights=[1.0, 0.5]))
    assert read_training(weighted, {}, []) == settings | {"loss_weights": "[1, 0.5]"}


class Dropout:
    """A layer."""

    def __init__(self, rate: float) -> None:
        self.rate = rate

    def get_config(self) -> dict[str, Any]:
        return {"rate": self.rate}


class Block:
    """A layer made of others."""

    def __init__(self, *inner: Any) -> None:
        self.inner = inner

    def get_config(self) -> dict[str, Any]:
        raise NotImplementedError

    def _flatten_layers(self, *, recursive: bool, include_self: bool) -> list[Any]:
        return [] if recursive or include_self else list(self.inner)


def test_layers_inside_others_are_counted_within_them_at_any_depth() -> None:
    endless = Block()
    endless.inner = (Dropout(0.125), endless)
    model = SimpleNamespace(layers=[Dropout(0.5), Block(object(), Block(Dropout(0.25))), endless])
    found = read_training(model, {}, [])
    names = [name.removesuffix(" (Dropout).rate").removeprefix("layer ") for name in found]
    assert names[:3] == ["1", "2.2.1", "3.1"]
    assert names[-1] == "3.2.2.2.2.1"
