"""Forward pass, loss and backward pass in one verb: the same gradients as the plain modules,
in less time and memory."""
