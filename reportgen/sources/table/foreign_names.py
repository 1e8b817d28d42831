"""Names of columns in other languages: turns ``perda_validacao``, ``Verlust`` and ``训练损失`` into English names."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

_WORDS: Final = """
    epoch: epoca epocas epoque epoques epoche epochen epoka epoki эпоха эпохи dönem
        轮次 轮数 周期 训练轮次 エポック 에포크
    episode: episodio episodios episoden эпизод 回合 エピソード
    iteration: iteracion iteraciones iteracao iteracoes iterazione iteracja итерация 迭代 迭代次数
    step: paso pasos passo passos pas schritt schritte krok шаг 步数
    loss: perdida perdidas perda perdas perte pertes perdita verlust strata потери потеря kayip 损失 损失值 損失 손실
    accuracy: exactitud acuracia exactitude genauigkeit accuratezza dokladnosc точность dogruluk
        准确率 准确度 精度 正解率 정확도
    precision: precisao precisione präzision 精确率 查准率
    recall: sensibilidad revocacao rappel 召回率 查全率
    error: erro erros errores erreur errore fehler ошибка 误差 错误率
    train: entrenamiento treino treinamento entrainement apprentissage addestramento treningowa trening trenowanie
        обучение egitim 训练 訓練 学習 훈련
    val: validacion validacao validazione validierung walidacja walidacyjna валидация dogrulama 验证 驗證 検証 검증
    test: prueba pruebas teste testes essai тест 测试 測試 テスト
    reward: recompensa recompensas recompense belohnung ricompensa nagroda награда 奖励 報酬
    time: tiempo tempo temps zeit czas время 时间 時間 耗时 用时
    mean: media promedio moyenne mittelwert srednia среднее 平均
    total: 总
    rate: taux tasa taxa tasso
    learning_rate: lernrate 学习率 学習率 학습률
"""
_LEARNING: Final = frozenset(["aprendizaje", "aprendizado", "aprendizagem", "train", "apprendimento"])  # after "rate"
_OF_TRAINING: Final = frozenset(["epoch", "loss", "accuracy", "train", "val", "iteration", "episode", "reward"])
_BETWEEN: Final = frozenset(["de", "del", "da", "do", "di", "d", "der", "des", "du", "la", "en", "em", "per", "por"])
_SUFFIXES: Final = ("集", "值", "的", "率")  # that say nothing behind another word
_GERMAN: Final = {"training": "train", "validierung": "val", "validation": "val", "test": "test"}  # in compounds
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_PARTS: Final = re.compile(r"[^\W\d_]+|\d+|[\W_]+")
_LONGEST: Final = 80  # characters of a name


def _plain(text: str) -> str:
    """Lower case without accents."""
    parts = unicodedata.normalize("NFKD", text.lower().replace("ł", "l").replace("ı", "i"))
    return unicodedata.normalize("NFC", "".join(part for part in parts if not unicodedata.combining(part)))


def _vocabulary() -> dict[str, str]:
    made: dict[str, str] = {}
    english = ""
    for word in _WORDS.split():
        if word.endswith(":"):
            english = word[:-1]
        else:
            made[_plain(word)] = english
    return made


_ENGLISH: Final = _vocabulary()
_UNSPACED: Final = sorted((word for word in _ENGLISH if ord(word[0]) >= 0x2E80), key=len, reverse=True)


def english_names(names: Sequence[str]) -> list[str]:
    """The names of a table in English, if some of them are clearly those of a training run in another language."""
    made = list(map(_english_name, names))
    are_foreign = any(
        not _OF_TRAINING.isdisjoint(re.split(r"[\s_]+", new))
        for old, new in zip(names, made, strict=True)
        if old != new
    )
    return made if are_foreign and len(set(made)) == len(set(names)) else list(names)


def _english_name(name: str) -> str:
    """A name with its foreign words in English; unchanged if it has none, or is long."""
    if len(name) > _LONGEST:
        return name
    words = [_english_word(part) for part in _LETTERS.findall(name)]
    if not any(is_foreign for _, is_foreign in words):
        return name
    found = iter(words)
    made = "".join(next(found)[0] if _LETTERS.fullmatch(part) else part for part in _PARTS.findall(name))
    kept = [word for word in re.split(r"[\s_']+", made) if word.lower() not in _BETWEEN]
    if "rate" in kept and not _LEARNING.isdisjoint(map(_plain, kept)):
        return "learning_rate"
    return "_".join(kept)


def _english_word(word: str) -> tuple[str, bool]:
    """A word in English, and whether it was foreign."""
    plain = _plain(word)
    if plain in _ENGLISH:
        return _ENGLISH[plain], True
    for start, split in _GERMAN.items():
        end = _ENGLISH.get(plain.removeprefix(start).removeprefix("s")) if plain.startswith(start) else None
        if end in ("loss", "accuracy", "error"):
            return f"{split}_{end}", True
    parts: list[str] = []
    rest = plain
    while rest:
        known = next((known for known in _UNSPACED if rest.startswith(known)), None)
        if known is None:
            suffix = next((suffix for suffix in _SUFFIXES if parts and rest.startswith(suffix)), None)
            if suffix is None:
                return word, False
            rest = rest[len(suffix) :]
            continue
        parts.append(_ENGLISH[known])
        rest = rest[len(known) :]
    return ("_".join(parts), True) if parts else (word, False)
