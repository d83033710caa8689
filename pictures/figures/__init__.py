"""The figures of the course, a module per topic. Each function takes numbers and returns a figure; none computes a gradient.

A figure is shown when it is the last value of a cell::

    from helpers import figures
    figures.folded_and_unrolled(T=5)
"""

from pictures.canvas import ACCENT, BACKWARD, FORWARD, INK, MUTED, Picture, look, picture
from pictures.figures.start import course_map, hero
from pictures.figures.unrolling import (contributions, folded_and_unrolled, parameter_counts, slots,
                                        states_over_time, sum_of_copies, tied_and_untied)
from pictures.figures.gradient_checking import (error_by_step, gradient_lines, matrix_products,
                                                step_size_curve, tolerances, where_mistakes_hide)
from pictures.figures.forward_pass import (activations, masks, output_positions, padded_states, state_sizes,
                                           step_shapes, two_starts)
from pictures.figures.training import (clipped, forecasts, letter_losses, loss_by_learning_rate, loss_curves,
                                       next_letters, ravine, training_loop)
from pictures.figures.derivation import backward_flow, double_sum, jacobian_rows, weight_paths
from pictures.figures.truncation import (bias_and_noise, bias_by_window, carried_against_reset,
                                         checkpoint_scheme, cut_or_forgotten, learned_by_window,
                                         memory_by_length, reach, share_by_lag, times_counted, windows)
from pictures.figures.capstone import frozen_path, held_out_years
from pictures.figures.pathologies import (cliff_paths, cliff_slice, ellipses, gradient_maps,
                                          gradients_at_the_start, largest_exponents,
                                          singular_values_over_lag, transients, who_learns)
from pictures.figures.beyond import (block_matrices, estimates, graph_of, measured_costs, measured_scans,
                                     scan_rounds, stored_numbers)
from pictures.figures.gates import by_lag, fading, gate_and_slope, gates_at_work, gru_cell, learned, lstm_cell
