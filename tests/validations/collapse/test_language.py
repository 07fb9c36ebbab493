"""The text that the small language model reads, and what it is asked to predict."""

import numpy as np
import pytest

from validations.collapse import language
from validations.collapse.claims.language import SmallLanguage
from validations.core.errors import ConfigurationError

WORDS = ("ab", "c")


def test_characters_hold_the_space() -> None:
    assert language.characters(WORDS) == " abc"


def test_text_has_every_word_in_every_round() -> None:
    written = language.text(WORDS, np.array([[0, 1], [1, 0]]), " abc")
    assert "".join(" abc"[i] for i in written) == "ab c c ab "


def test_contexts_come_before_their_character_and_close_the_ring() -> None:
    before, after = language.contexts(np.array([0, 1, 2, 3]), 2)
    assert before.tolist() == [[2, 3], [3, 0], [0, 1], [1, 2]]
    assert after.tolist() == [0, 1, 2, 3]


def test_features_see_the_order_of_characters() -> None:
    rng = np.random.default_rng(0)
    params = (rng.standard_normal((6, 4)), np.zeros(4), rng.standard_normal((4, 2)), None, None)
    one, other = language.features_of(params, np.array([[0, 1], [1, 0]]), 3)
    expected = np.tanh(params[0][0] + params[0][4]) @ params[2]
    np.testing.assert_allclose(one, expected, rtol=1e-12)
    assert np.abs(np.asarray(one - other)).max() > 1e-3


def test_tokens_of_equal_means_count_as_infinitely_variable() -> None:
    variances = np.array([[0, 1, 2], [1, 0, np.nan], [2, np.nan, 0.0]])
    assert language.median_of_pairs(variances) == 2


def test_a_simplex_must_not_fit() -> None:
    with pytest.raises(ConfigurationError, match="take fewer"):
        SmallLanguage(replicates=8, features=13)
