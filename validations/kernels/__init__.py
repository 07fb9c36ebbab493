"""Infinitely wide networks: what is measured, what is predicted, which rivals must lose."""

from validations.kernels.claims import CLAIMS as CLAIMS
