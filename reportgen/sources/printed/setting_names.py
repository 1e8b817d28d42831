"""Names of settings in printed lines, in several languages, and the words around them."""

from collections.abc import Mapping
from typing import Final

from reportgen.metrics.known_names import word_set

# The name of a setting, and how it is printed. Our choice, from logs that people publish.
_PRINTED: Final = {
    "learning_rate": ("learning rate", "learning_rate", "lr", "initial lr", "学习率", "скорость обучения", "학습률",
                      "taxa de aprendizado", "tasa de aprendizaje", "lernrate"),
    "batch_size": ("batch size", "batch_size", "batchsize", "batch", "bs", "批大小", "批次大小", "размер батча",
                   "배치 크기"),
    "optimizer": ("optimizer", "optimiser", "optim", "opt", "优化器", "оптимизатор", "옵티마이저", "otimizador",
                  "optimizador"),
    "model": ("model", "model name", "model_name", "architecture", "arch", "network", "net", "backbone", "encoder",
              "classifier", "模型", "модель", "модели", "모델", "modelo", "modell", "modèle"),
    "hidden_size": ("hidden size", "hidden_size", "hidden dim", "hidden_dim", "hidden units", "hidden", "n_hidden"),
    "layers": ("layers", "hidden layers", "hidden_layers", "num layers", "num_layers", "n_layers", "number of layers"),
    "units": ("units", "neurons", "n_units", "num_units"),
    "dropout": ("dropout", "dropout rate", "dropout_rate"),
    "weight_decay": ("weight decay", "weight_decay", "wd"),
    "activation": ("activation", "activation function", "激活函数"),
    "momentum": ("momentum",),
    "epochs": ("epochs", "num_epochs", "n_epochs"),
    "seed": ("seed", "random seed", "random_seed", "random_state"),
    "fold": ("fold",),
    "dataset": ("dataset", "数据集", "датасет"),
    "kernel_size": ("kernel size", "kernel_size", "kernel"),
    "filters": ("filters", "n_filters", "num_filters"),
    "scheduler": ("scheduler", "lr_scheduler"),
    "loss_function": ("loss function", "loss_fn", "loss_function", "criterion"),
    "initializer": ("initializer", "initialization", "weight init", "weight_init"),
    "regularization": ("regularization", "regularizer"),
    "augmentation": ("augmentation", "augment"),
    "config": ("config", "configuration", "setting", "variant", "experiment", "hyperparameters", "params",
               "parameters"),
}  # fmt: skip
SETTINGS: Final[Mapping[str, str]] = {printed: name for name, each in _PRINTED.items() for printed in each}
OPTIMIZERS: Final = word_set("adam adamw sgd rmsprop adagrad adadelta nadam adamax momentum nesterov lion lbfgs")
# Words of lines that say something about a run, or what comes next in it, rather than which run it is.
REMARKS: Final = word_set("""
    best stop stops stopped stopping save saves saved saving load loaded loading elapsed took time times test
    tested testing result results score scores accuracy acc loss losses sample samples image images patients batches
    shape shapes examples instances rows step steps epoch total trainable memory device gpu cuda cpu warning error done
    complete completed finished confusion matrix report found file files weights layer summary average mean std
    seconds minutes created create progress metric metrics precision recall auc version set sets split classes ratio
    class until
""")
_LONGEST: Final = 3  # words


def setting_in(words: list[str]) -> str:
    """The last words that are the name of a setting, such as ``learning rate`` in "Training with learning rate"."""
    ends = (" ".join(words[at:]) for at in range(max(0, len(words) - _LONGEST), len(words)))
    return next((end for end in ends if end.lower() in SETTINGS), "")
