"""The figures of the course, a module per topic. Each takes numbers and draws them; none computes a gradient.

A figure is shown when it is the last value of a cell::

    from pictures import figures
    figures.folded_and_unrolled(T=5)

Its module is loaded when it is first used.
"""

import sys
from importlib import import_module

NAMES = {
    "canvas": "ACCENT BACKWARD FORWARD INK MUTED Picture look picture",
    "figures.start": "course_map hero",
    "figures.unrolling": "contributions folded_and_unrolled slots states_over_time sum_of_copies "
                         "weights_found",
    "figures.forward_pass": "activations masks output_positions padded_states state_sizes step_shapes "
                            "two_starts",
    "figures.derivation": "backward_flow double_sum jacobian_rows weight_paths",
    "figures.gradient_checking": "error_by_step gradient_lines matrix_products step_size_curve "
                                 "where_mistakes_hide",
    "figures.training": "clipped forecasts leaving_a_minimum letter_losses loss_by_learning_rate "
                        "loss_curves next_letters ravine training_loop",
    "figures.pathologies": "chaos cliff_paths cliff_slice clouds curse_of_memory ellipses gradient_maps "
                           "gradients_at_the_start largest_exponents singular_values_over_lag transients "
                           "who_learns",
    "figures.truncation": "bias_and_noise bias_by_window carried_against_reset checkpoint_scheme "
                          "cut_or_forgotten learned_by_window memory_by_length random_cuts reach "
                          "share_by_lag times_counted windows",
    "figures.ladder": "memory_ladder",
    "figures.gates": "by_lag fading gate_and_slope gates_at_work gru_cell learned lstm_cell",
    "figures.beyond": "block_matrices estimates graph_of measured_costs measured_scans newton_rounds "
                      "scan_rounds stored_numbers",
    "figures.capstone": "frozen_path held_out_years"}
MODULES = {name: module for module, names in NAMES.items() for name in names.split()}
__all__ = list(MODULES)


def __getattr__(name):
    """Python asks here for a name that it does not find above."""
    if name not in MODULES:
        raise AttributeError(f"there is no figure {name!r}", name=name, obj=sys.modules[__name__])
    return getattr(import_module(f"pictures.{MODULES[name]}"), name)


def __dir__():
    """What the tab key offers."""
    return __all__
