"""Small, readable tools for learning backpropagation through time (BPTT).

Data flows one way::

    data -> forward -> loss -> backward -> clip -> optimiser

Each arrow is a module: ``data``, ``rnn``, ``lstm`` or ``gru`` (forward and backward), ``losses``, ``clip``, ``optimisers``;
``training`` joins them; ``truncated`` and ``checkpointing`` go through a long sequence in ``pieces``.
``gradcheck``, ``figures`` and ``checks`` look at that flow; nothing in it knows them.
Arrays are time-major: ``x`` has shape (T, B, D).
"""
