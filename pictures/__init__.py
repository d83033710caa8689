"""What lessons show: ``figures``, and ``explorers`` with controls. They get numbers and draw them."""
