"""Information: what is measured, what is predicted, which rivals must lose."""

from validations.information.claims import CLAIMS as CLAIMS
