"""Infinitely wide networks: dual activations, NNGP and neural tangent kernels, what they predict, and their spectra."""
