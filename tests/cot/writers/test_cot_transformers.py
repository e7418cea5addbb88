"""The transformers writer on a real, tiny model that has learned the engine's questions about one face by heart."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from explab import cot
from explab.cot.engine.loop import Item, reason
from explab.cot.writers.base import Answer, Request, WriterError
from explab.cot.writers.grammar import GrammarWriter
from explab.cot.writers.questions import prompt, question
from explab.cot.writers.transformers import TransformersWriter
from explab.facs import AUs

SMILE = AUs({"AU6": 0.6, "AU12": 0.8, "AU4": 0})
FROWN = Request("describe", 0, {"aus": AUs({"AU4": 0.8, "AU12": 0}).to_dict(), "attempt": 0})
CHATTER = "A frown, I would say."
SECOND_THOUGHT = '{"text": "The brows are strongly lowered."}'

TEMPLATE = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
MARKS = ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]

Chat = list[dict[str, str]]


class Overheard(GrammarWriter):
    """Keeps the grammar's questions and answers."""

    def __init__(self) -> None:
        self.heard: list[tuple[Request, str]] = []

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        for i, answer in super().answer(requests):
            self.heard.append((requests[i], json.dumps(dict(answer.said))))
            yield i, answer


def asked(request: Request, *turns: str) -> Chat:
    """A question as the model gets it; turns are what the model and the user said after it."""
    chat = [
        {"role": "system", "content": prompt("system").template},
        {"role": "user", "content": question(request)},
    ]
    roles = ("assistant", "user")
    return chat + [{"role": roles[i % 2], "content": turn} for i, turn in enumerate(turns)]


def tokenizer_for(texts: Sequence[str], template: str | None = TEMPLATE) -> PreTrainedTokenizerFast:
    """Byte-level BPE with an end but no padding of its own, as Llama's."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    bpe.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=1200, special_tokens=MARKS, initial_alphabet=alphabet, show_progress=False
        ),
    )
    made = PreTrainedTokenizerFast(tokenizer_object=bpe, eos_token=MARKS[0])
    made.chat_template = template
    return made


def untrained(tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    torch.manual_seed(0)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=128,
            intermediate_size=256,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=1024,
            bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=None,
        )
    )


def learn(model: LlamaForCausalLM, tokenizer: Any, lessons: Sequence[tuple[Chat, str]]) -> None:
    """By heart: cross-entropy of the answers, down to nearly nothing."""
    rows, targets = [], []
    for chat, answer in lessons:
        before = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=False)
        after = tokenizer.encode(answer) + [tokenizer.eos_token_id]
        rows.append(torch.tensor(before + after))
        targets.append(torch.tensor([-100] * len(before) + after))
    inputs = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
    labels = torch.nn.utils.rnn.pad_sequence(targets, batch_first=True, padding_value=-100)
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(200):
        loss = model(input_ids=inputs, labels=labels).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if loss.item() < 0.01:
            return
    raise AssertionError(f"the tiny model did not learn its lessons: loss {loss.item():.3f}")


@pytest.fixture(scope="module")
def heard() -> list[tuple[Request, str]]:
    """The engine's three questions about a smile, and what the grammar says."""
    writer = Overheard()
    cot.write(SMILE, "Happiness", writer=writer)
    assert [request.step for request, _ in writer.heard] == ["describe", "read", "conclude"]
    return writer.heard


@pytest.fixture(scope="module")
def folders(heard: list[tuple[Request, str]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Saved models: "learned", "untrained", and "mute" without a chat template."""
    lessons = [(asked(request), answer) for request, answer in heard]
    refusal = "That cannot be used: the answer holds no JSON object. Answer again, as JSON only."
    lessons += [(asked(FROWN), CHATTER), (asked(FROWN, CHATTER, refusal), SECOND_THOUGHT)]
    tokenizer = tokenizer_for(
        [turn["content"] for chat, _ in lessons for turn in chat] + [answer for _, answer in lessons]
    )
    home = tmp_path_factory.mktemp("models")
    places = {name: home / name for name in ("learned", "untrained", "mute")}
    model = untrained(tokenizer)
    model.save_pretrained(places["untrained"])
    model.save_pretrained(places["mute"])
    learn(model, tokenizer, lessons)
    model.save_pretrained(places["learned"])
    tokenizer.save_pretrained(places["learned"])
    tokenizer.save_pretrained(places["untrained"])
    tokenizer.chat_template = None
    tokenizer.save_pretrained(places["mute"])
    return places


@pytest.fixture(scope="module")
def writer(folders: dict[str, Path]) -> TransformersWriter:
    return TransformersWriter(folders["learned"], device="cpu")


def test_writes_a_verified_text(folders: dict[str, Path]) -> None:
    written = cot.write(SMILE, "Happiness", writer="transformers", model=folders["learned"], device="cpu")
    assert written.text == cot.write(SMILE, "Happiness").text  # learned by heart from the grammar
    scores = cot.score(written, SMILE, "Happiness")
    assert scores.claim_precision == scores.claim_recall == scores.format_valid == 1
    assert cot.conclusion_label(written) == "Happiness"


def test_together_as_alone(
    folders: dict[str, Path], writer: TransformersWriter, heard: list[tuple[Request, str]]
) -> None:
    """Questions of different lengths are padded; padding must change neither answers nor counts."""
    requests = [request for request, _ in heard]
    alone = TransformersWriter(folders["learned"], batch=1, device="cpu")
    together, single = dict(writer.answer(requests)), dict(alone.answer(requests))
    assert together == single
    assert [dict(together[i].said) for i in range(3)] == [json.loads(answer) for _, answer in heard]
    assert len({answer.tokens[0] for answer in together.values()}) == 3


def test_counts_tokens(
    folders: dict[str, Path], writer: TransformersWriter, heard: list[tuple[Request, str]]
) -> None:
    words = PreTrainedTokenizerFast.from_pretrained(folders["learned"])
    for i, answer in writer.answer([request for request, _ in heard]):
        request, text = heard[i]
        read = words.apply_chat_template(asked(request), add_generation_prompt=True, return_dict=False)
        assert answer.tokens == (len(read), len(words.encode(text)))


def test_chatter_gets_a_second_chance(writer: TransformersWriter) -> None:
    ((_, answer),) = writer.answer([FROWN])
    assert dict(answer.said) == json.loads(SECOND_THOUGHT)
    assert answer.problem == ""
    ((_, (read, written)),) = writer._generated([FROWN], [asked(FROWN)])
    assert answer.tokens[0] > 2 * read  # both questions are counted, and the second repeats the first
    assert answer.tokens[1] > written


def test_garbage_is_rejected_and_the_run_goes_on(folders: dict[str, Path]) -> None:
    writer = TransformersWriter(folders["untrained"], max_new_tokens=12, batch=2, device="cpu")
    items = [Item(f"face {i}", SMILE, "Happiness") for i in range(3)]
    records = list(reason(items, writer))
    assert [record.name for record in records] == ["face 0", "face 1", "face 2"]
    for record in records:
        assert (record.status, record.reasoning, record.attempts) == ("rejected", None, ())
        assert record.reason.startswith("describe: the answer ")
        assert record.reason.endswith(", twice")
    with pytest.raises(cot.NotWritten, match="twice"):
        cot.write(SMILE, writer=writer)


def test_a_sample_follows_its_seed(folders: dict[str, Path]) -> None:
    writer = TransformersWriter(folders["untrained"], temperature=1.0, max_new_tokens=12, device="cpu")

    def sampled(seed: int) -> str:
        request = Request("describe", seed, FROWN.given)
        state = torch.random.get_rng_state()
        ((text, _),) = writer._generated([request], [asked(request)])
        assert torch.equal(state, torch.random.get_rng_state()), "others' random numbers are left alone"
        return text

    assert sampled(1) == sampled(1) != sampled(2)


def test_a_template_without_a_system(folders: dict[str, Path], tmp_path: Path) -> None:
    """Such a model reads the same words at the start of the user's turn."""
    words = PreTrainedTokenizerFast.from_pretrained(folders["untrained"])
    refuses = "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    words.chat_template = refuses + TEMPLATE
    LlamaForCausalLM.from_pretrained(folders["untrained"]).save_pretrained(tmp_path)
    words.save_pretrained(tmp_path)
    writer = TransformersWriter(tmp_path, max_new_tokens=4, device="cpu")
    (_, answer), *_ = writer.answer([FROWN])
    system, user = (turn["content"] for turn in asked(FROWN))
    told = words.encode(f"<|user|>{system}\n\n{user}<|end|><|assistant|>")
    chat = writer._chat(FROWN, user)
    assert words.apply_chat_template(chat, add_generation_prompt=True, return_dict=False) == told
    assert answer.problem.endswith(", twice")


def test_no_chat_template(folders: dict[str, Path]) -> None:
    with pytest.raises(WriterError, match="mute: has no chat template; name an instruction-tuned model"):
        TransformersWriter(folders["mute"])


@pytest.mark.parametrize("name", ["nobody/there", "folder"])
def test_no_such_model(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)  # read once, at import
    model = str(tmp_path / name) if name == "folder" else name
    with pytest.raises(WriterError, match="cannot be loaded as a writer"):
        TransformersWriter(model)
