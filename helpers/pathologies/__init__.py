"""What happens to a gradient on its way back, and where to start so that it arrives (lessons 06 and 08)."""
