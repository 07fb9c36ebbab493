"""Facts of the claims on Hessian and Fisher spectra."""

from validations.hessian.claims import index, mixtures, spikes

CLAIMS = (*spikes.CLAIMS, *index.CLAIMS, *mixtures.CLAIMS)
