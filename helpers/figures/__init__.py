"""The figures of the course, a module per topic. Each function takes numbers and returns a figure; none computes a gradient.

A figure is shown when it is the last value of a cell::

    from helpers import figures
    figures.folded_and_unrolled(T=5)
"""

from helpers.figures.canvas import ACCENT, BACKWARD, FORWARD, INK, MUTED, Picture, look, picture
from helpers.figures.start import course_map, hero
from helpers.figures.unrolling import (contributions, folded_and_unrolled, parameter_counts, slots, states_over_time,
                                       sum_of_copies, tied_and_untied)
from helpers.figures.gradient_checking import (error_by_step, gradient_lines, matrix_products, step_size_curve, tolerances,
                                               where_mistakes_hide)
from helpers.figures.forward_pass import (activations, masks, output_positions, padded_states, state_sizes, step_shapes,
                                          two_starts)
from helpers.figures.training import (clipped, forecasts, letter_losses, loss_by_learning_rate, loss_curves, next_letters, ravine,
                                      training_loop)
from helpers.figures.derivation import backward_flow, double_sum, jacobian_rows, weight_paths
from helpers.figures.truncation import (bias_and_noise, bias_by_window, carried_against_reset, checkpoint_scheme, cut_or_forgotten,
                                        learned_by_window, memory_by_length, reach, share_by_lag, times_counted, windows)
from helpers.figures.capstone import frozen_path, held_out_years
from helpers.figures.pathologies import (cliff_paths, cliff_slice, ellipses, gradient_maps, gradients_at_the_start,
                                         largest_exponents, singular_values_over_lag, transients, who_learns)
from helpers.figures.beyond import block_matrices, estimates, graph_of, measured_costs, measured_scans, scan_rounds, stored_numbers
from helpers.figures.gates import by_lag, fading, gate_and_slope, gates_at_work, gru_cell, learned, lstm_cell
