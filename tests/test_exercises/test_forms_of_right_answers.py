"""Whatever the algorithm and the container: a right answer is accepted."""

import pytest

from derivation_of_right_answers import DERIVATION
from exercises import judge
from forms_of_right_answers import (
    ANSWERS, GRU, LSTM, Network, as_rows, of_network, of_one_lstm_step, of_one_step)
from helpers import gradcheck
from steps_of_right_answers import STEPS

ALL = {number: ANSWERS.get(number, {}) | STEPS.get(number, {}) for number in ANSWERS | STEPS} | DERIVATION


@pytest.mark.parametrize("number", ALL)
def test_no_form_is_rejected(here, number):
    rejected = {words: repr(result) for words, answer in ALL[number].items()
                for result in [judge(number, answer)] if result.status != "right"}
    assert not rejected


@pytest.mark.parametrize("number", ["4.1", "4.2", "4.3", "8.4", "8.5", "8.8"])
def test_there_are_enough_forms(number):
    assert len(ALL[number]) >= 25


@pytest.mark.parametrize("number", DERIVATION)
def test_there_are_ten_forms_of_a_derivation(number):
    assert len(ALL[number]) >= 10


@pytest.mark.parametrize("number, adapter", [
    ("4.1", of_one_step), ("4.3", of_network(Network)), ("5.1", of_network(Network)),
    ("8.4", of_one_lstm_step), ("8.5", of_network(LSTM)), ("8.8", of_network(GRU))])
def test_a_finite_difference_is_not_among_them(number, adapter):
    def measured(net):
        return gradcheck.central_difference(lambda moved: net.loss(as_rows(moved)), net.variables())

    assert judge(number, adapter(measured)).status == "wrong"
