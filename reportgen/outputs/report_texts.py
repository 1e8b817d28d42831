"""The texts that a report can be turned into."""

from reportgen.gate import GateResult
from reportgen.history.frame import TrainingHistory
from reportgen.outputs.runs import NO_GATE, JudgedRun
from reportgen.wording.diagnosis import Diagnosis


class HasTexts:
    """What a report of one run offers as text for other programs."""

    history: TrainingHistory
    diagnosis: Diagnosis
    baseline: TrainingHistory | None

    def summary(self, *, gate: GateResult = NO_GATE, compact: bool = False) -> str:
        """The report as GitHub-flavoured Markdown of at most 60,000 bytes, for job summaries and comments.

        Args:
            gate: The result of `gate`, to include in the summary.
            compact: Return plain text of at most 4,096 bytes instead, for coding agents and scripts.
        """
        from reportgen.outputs.compact import render_compact
        from reportgen.outputs.markdown import render_summary

        render = render_compact if compact else render_summary
        return render(JudgedRun(self.history, self.diagnosis, self.baseline, gate))

    def card(
        self,
        *,
        model: str | None = None,
        task: str | None = None,
        dataset: str | None = None,
        dataset_id: str | None = None,
        epoch: int | None = None,
    ) -> str:
        """A section of a model card in Markdown. Model, task and dataset add metadata for the Hugging Face Hub.

        Args:
            model: Name of the model.
            task: Its task as the Hub calls it, such as ``image-classification``.
            dataset: Name of the data that it was tested on.
            dataset_id: Their id on the Hub (default: their name).
            epoch: The epoch whose weights are published (default: those that early stopping restored, or the last). It
                decides which validation values the metadata have if there are no test scores.

        Raises:
            DiagnosisError: the run has no such epoch.
        """
        from reportgen.outputs.model_card import CardFacts, render_card

        facts = CardFacts(model, task, dataset, dataset_id, epoch)
        return render_card(JudgedRun(self.history, self.diagnosis, self.baseline), facts)
