"""Facts of the claims on neural collapse."""

from validations.collapse.claims import central_path, cross_entropy, digits, low_rank, minority, squared_error, training

CLAIMS = (
    *squared_error.CLAIMS,
    *cross_entropy.CLAIMS,
    *low_rank.CLAIMS,
    *minority.CLAIMS,
    *central_path.CLAIMS,
    *digits.CLAIMS,
    *training.CLAIMS,
)
