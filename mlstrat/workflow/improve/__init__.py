"""Which knob closes the gap, and when is it time to stop?

Diagnose, turn the knobs of that gap and of no other, keep the best where dev surely shows it, and
stop at the first round in which none helps. The gain is measured on rows that nobody chose on.

Source: C3W1 Orthogonalization; C3W2 Build your first system quickly, then iterate; Machine Learning
Yearning 13, 20-29.
"""
