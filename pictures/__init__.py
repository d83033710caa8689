"""What the lessons show: ``figures``, and ``explorers``, pictures with controls. Each gets numbers and draws them."""
