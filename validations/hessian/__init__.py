"""Hessian and Fisher spectra: predicted densities, outliers and dynamics beside the measured ones."""

from validations.hessian.claims import CLAIMS as CLAIMS
