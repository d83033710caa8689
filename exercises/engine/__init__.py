"""What judges an answer, one module per task. It is handed an Exercise, and knows no lesson."""
