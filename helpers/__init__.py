"""Small, readable tools for learning backpropagation through time (BPTT).

Data flows one way::

    data -> forward -> loss -> backward -> clip -> optimiser

Each arrow is a module: ``data``, ``rnn``, ``lstm`` or ``gru`` (forward and backward), ``losses``, ``clip``, ``optimisers``;
``training`` joins them; ``truncated`` and ``checkpointing`` go through a long sequence in ``pieces``; ``fast``, ``fast_lstm`` and
``fast_gru`` do forward, loss and backward in one verb, for speed.
What happens to a gradient on its way back: ``jacobians``, ``lags``, ``cliff``; where to start, so that it arrives: ``initialisation``.
Other ways to the same gradient: ``forward_mode``, ``rtrl``, ``bidiagonal``, ``scan``, ``autograd``, and ``uoro``, which estimates it;
``counting`` counts their multiplications. ``capstone``: the cells of the graded project.
``gradcheck``, ``figures``, ``explorers`` and ``checks`` look at that flow; nothing in it knows them.
Arrays are time-major: ``x`` has shape (T, B, D).
"""
