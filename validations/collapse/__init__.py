"""Neural collapse: what is measured, what is predicted, which rivals must lose."""

from validations.collapse.claims import CLAIMS as CLAIMS
