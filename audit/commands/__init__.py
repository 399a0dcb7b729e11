"""`herun audit` and what its commands say."""
