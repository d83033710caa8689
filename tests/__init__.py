"""What proves the course: a room of tests for each package and for the course as a whole, and benchmarks."""
