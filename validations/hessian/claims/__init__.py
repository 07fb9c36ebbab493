"""Facts of the claims on Hessian and Fisher spectra."""

from validations.hessian.claims import spikes

CLAIMS = (*spikes.CLAIMS,)
